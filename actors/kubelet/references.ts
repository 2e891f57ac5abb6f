// Every config map and secret that a pod refers to. Pure. upstream: pkg/api/v1/pod/util.go VisitPodSecretNames
import { referencesOf, type References } from "./environment/env.ts";
import { containersOf, type BoundPod } from "./pod/containers.ts";
import { volumeReferences } from "./volumes/content.ts";

const union = (lists: readonly Iterable<string>[]): ReadonlySet<string> => {
  const all = new Set<string>();
  for (const list of lists) for (const name of list) all.add(name);
  return all;
};

/** The objects that the pod's volumes, its containers' environments and its pulls need. */
export const podReferences = (pod: BoundPod): References => {
  const all = [...containersOf(pod).map(({ spec }) => referencesOf(spec)), ...(pod.spec.volumes ?? []).map(volumeReferences)];
  const pullSecrets = (pod.spec.imagePullSecrets ?? []).flatMap(({ name }) => name ?? []);
  return {
    configMaps: union(all.map(({ configMaps }) => configMaps)),
    secrets: union([...all.map(({ secrets }) => secrets), pullSecrets]),
  };
};

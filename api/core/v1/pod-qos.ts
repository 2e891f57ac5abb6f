// A pod's quality of service, which its requests and limits decide at creation. upstream: pkg/apis/core/helper/qos/qos.go
import type { V1Pod, V1PodSpec, V1ResourceRequirements } from "#api/generated/types.ts";
import { lastingContainers } from "./pod-resources.ts";
import { addLists, readQuantity, type ResourceList } from "./resource-list.ts";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

const COUNTED: readonly string[] = ["cpu", "memory"];

const counted = (list: ResourceList | undefined): ResourceList =>
  Object.fromEntries(Object.entries(list ?? {}).filter(([name, text]) => COUNTED.includes(name) && (readQuantity(text)?.nano ?? 0n) > 0n));

const isFull = (limits: ResourceList): boolean => COUNTED.every((name) => name in limits);

const same = (a: ResourceList, b: ResourceList): boolean => {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
};

/** Where the pod's amounts stand: on the pod, or else on its containers and init containers. */
const sources = (spec: V1PodSpec): readonly V1ResourceRequirements[] => {
  if (spec.resources !== undefined) return [spec.resources];
  return lastingContainers(spec).map(({ resources }) => resources ?? {});
};

/** The class that a spec makes: everything limited and asked for in full, something, or nothing. */
export const computeQos = (spec: V1PodSpec): QosClass => {
  let requests: ResourceList = {};
  let limits: ResourceList = {};
  let full = true;
  for (const source of sources(spec)) {
    const own = counted(source.limits);
    requests = addLists(requests, counted(source.requests));
    limits = addLists(limits, own);
    full &&= isFull(own);
  }
  if (Object.keys(requests).length + Object.keys(limits).length === 0) return "BestEffort";
  return full && same(requests, limits) ? "Guaranteed" : "Burstable";
};

/** The class of a pod: as it was decided, or as its spec makes it. */
export const qosOf = (pod: V1Pod): QosClass => (pod.status?.qosClass as QosClass | undefined) ?? computeQos(pod.spec ?? { containers: [] });

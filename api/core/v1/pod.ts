import type { V1Pod, V1PodSpec } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { each, isEmpty, type Check } from "#api/meta/check.ts";
import { forbiddenField } from "#api/meta/field-error.ts";
import { selectable } from "#api/meta/fields.ts";
import { checkPodAnnotations, MIRROR_POD } from "./pod-annotations.ts";
import { podColumns } from "./pod-columns.ts";
import { checkPodResize } from "./pod-resize.ts";
import { defaultPod } from "./pod-spec/defaults.ts";
import { checkImageOfPod } from "./pod-spec/validate-containers.ts";
import { checkPodSpec } from "./pod-spec/validate.ts";
import { checkPodStatus } from "./pod-status-update.ts";
import { podStrategy } from "./pod-strategy.ts";
import { podSubresources } from "./pod-subresources.ts";
import { checkEphemeralUpdate, checkPodUpdate, isGatedOnNode } from "./pod-update.ts";

export type Pod = V1Pod;

const specOf = ({ spec }: Pod): V1PodSpec => spec ?? { containers: [] };

function* checkTokenAccount({ serviceAccountName, volumes }: V1PodSpec): Check {
  if (!isEmpty(serviceAccountName)) return;
  for (const [{ projected }, at] of each("spec.volumes", volumes)) {
    for (const [{ serviceAccountToken }, source] of each(`${at}.projected.sources`, projected?.sources)) {
      if (serviceAccountToken === undefined) continue;
      yield forbiddenField(`${source}.serviceAccountToken`, "must not be specified when serviceAccountName is not set");
    }
  }
}

/** What holds for a pod at any time. upstream: validatePodMetadataAndSpec */
function* checkPod(pod: Pod): Check {
  const spec = specOf(pod);
  yield* checkPodAnnotations("metadata.annotations", pod.metadata?.annotations, spec);
  yield* checkPodSpec("spec", spec, { name: pod.metadata?.name });
  yield* checkTokenAccount(spec);
  for (const list of ["containers", "initContainers"] as const) {
    for (const [container, at] of each(`spec.${list}`, spec[list])) yield* checkImageOfPod(at, container);
  }
}

function* checkNew(pod: Pod): Check {
  yield* checkPod(pod);
  const spec = specOf(pod);
  if ((spec.ephemeralContainers ?? []).length > 0) yield forbiddenField("spec.ephemeralContainers", "cannot be set on create");
  if (isGatedOnNode(spec)) yield forbiddenField("spec.nodeName", "cannot be set until all schedulingGates have been cleared");
}

function* checkChange(pod: Pod, old: Pod, subresource: string): Check {
  yield* checkPod(pod);
  if (subresource === "resize") yield* checkPodResize(pod, old);
  else if (subresource !== "ephemeralcontainers") yield* checkPodUpdate(pod, old);
  else if (old.metadata?.annotations?.[MIRROR_POD] === undefined) yield* checkEphemeralUpdate(pod, old);
  else yield forbiddenField("[]", "static pods do not support ephemeral containers");
}

const check = (pod: Pod, old: Pod | undefined, subresource: string): Check => {
  if (old === undefined) return checkNew(pod);
  return subresource === "status" ? checkPodStatus(pod, old) : checkChange(pod, old, subresource);
};

/** Pods: the containers that run together on one node. */
export const pods: Kind<Pod> = {
  group: "",
  version: "v1",
  resource: "pods",
  kind: "Pod",
  namespaced: true,
  singular: "pod",
  listKind: "PodList",
  shortNames: ["po"],
  categories: ["all"],
  verbs: storedVerbs,
  model: "V1Pod",
  bucket: "objects",
  status: true,
  subresources: podSubresources,
  fields: selectable({
    "spec.nodeName": "",
    "spec.restartPolicy": "",
    "spec.schedulerName": "",
    "spec.serviceAccountName": "",
    "spec.hostNetwork": "false",
    "status.phase": "",
    "status.podIP": "",
    "status.nominatedNodeName": "",
  }),
  columns: podColumns,
  setDefaults: defaultPod,
  validate: (pod, old, subresource) => [...check(pod, old, subresource)],
  strategy: podStrategy,
};

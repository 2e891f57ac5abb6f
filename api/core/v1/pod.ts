import type { V1Pod } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { podSubresources } from "./pod-subresources.ts";

export type Pod = V1Pod;

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
  strategy: { generation: true },
};

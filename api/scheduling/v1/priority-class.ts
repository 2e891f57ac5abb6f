import type { V1PriorityClass } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";

export type PriorityClass = V1PriorityClass;

/** PriorityClasses: names for pod priorities. */
export const priorityClasses: Kind<PriorityClass> = {
  group: "scheduling.k8s.io",
  version: "v1",
  resource: "priorityclasses",
  kind: "PriorityClass",
  namespaced: false,
  singular: "priorityclass",
  listKind: "PriorityClassList",
  shortNames: ["pc"],
  categories: [],
  verbs: storedVerbs,
  model: "V1PriorityClass",
  bucket: "objects",
  status: false,
  subresources: {},
  strategy: { generation: true },
};

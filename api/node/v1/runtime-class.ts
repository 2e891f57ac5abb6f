import type { V1RuntimeClass } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";

export type RuntimeClass = V1RuntimeClass;

/** RuntimeClasses: which runtime of a node runs a pod. */
export const runtimeClasses: Kind<RuntimeClass> = {
  group: "node.k8s.io",
  version: "v1",
  resource: "runtimeclasses",
  kind: "RuntimeClass",
  namespaced: false,
  singular: "runtimeclass",
  listKind: "RuntimeClassList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1RuntimeClass",
  bucket: "objects",
  status: false,
  subresources: {},
  strategy: { generation: false },
};

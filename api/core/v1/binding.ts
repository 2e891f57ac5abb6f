import type { V1Binding } from "#api/generated/types.ts";
import type { Kind } from "#api/kind.ts";

export type Binding = V1Binding;

/** Bindings: the older door by which a scheduler binds a pod to a node; never stored. */
export const bindings: Kind<Binding> = {
  group: "",
  version: "v1",
  resource: "bindings",
  kind: "Binding",
  namespaced: true,
  singular: "binding",
  listKind: "BindingList",
  shortNames: [],
  categories: [],
  verbs: ["create"],
  model: "V1Binding",
  bucket: "none",
  status: false,
  subresources: {},
  strategy: { generation: false },
};

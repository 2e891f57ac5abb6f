import type { V1Binding } from "#api/generated/types.ts";
import type { Kind } from "#api/kind.ts";
import { needed, type Check } from "#api/meta/check.ts";
import { notSupported } from "#api/meta/field-error.ts";

export type Binding = V1Binding;

/** The target is a node and has a name. upstream: ValidatePodBinding */
export function* checkBinding({ target }: Partial<Binding>): Check {
  const kind = target?.kind ?? "";
  if (kind !== "" && kind !== "Node") yield notSupported("target.kind", kind, ["Node", "<empty>"]);
  yield* needed("target.name", target?.name);
}

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
  validate: (binding) => [...checkBinding(binding)],
  strategy: { generation: false },
};

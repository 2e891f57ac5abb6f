// The spec of a definition with nothing missing: decoding does not ask for required fields, validation does.
import type { V1CustomResourceDefinition, V1CustomResourceDefinitionSpec } from "../generated/types.ts";

/** The spec, with empty fields where its author left some out. */
export const settledSpec = ({
  spec,
}: {
  readonly spec?: Partial<V1CustomResourceDefinition["spec"]> | undefined;
}): V1CustomResourceDefinitionSpec => ({
  group: "",
  scope: "",
  versions: [],
  ...spec,
  names: { kind: "", plural: "", ...spec?.names },
});

// The resource of a CustomResourceDefinition, for controllers that handle objects of any kind.
import { isEstablished } from "#api/crd/definition.ts";
import type { CustomResourceDefinition } from "#api/apiextensions/v1/custom-resource-definition.ts";
import type { V1CustomResourceDefinitionVersion } from "#api/generated/types.ts";
import type { Resource } from "#api/meta/resource.ts";

/**
 * The resource that a definition defines, in a version that is served; one that is being deleted and serves none has what is
 * stored. Undefined: it is not established, or serves none.
 */
export const definedResource = (definition: CustomResourceDefinition): Resource | undefined => {
  const { spec, status } = definition;
  const version = versionOf(definition);
  if (!isEstablished(definition) || version === undefined) return undefined;
  const { plural, kind } = status?.acceptedNames ?? spec.names;
  return { group: spec.group, version: version.name, resource: plural, kind, namespaced: spec.scope === "Namespaced" };
};

const versionOf = ({ spec: { versions }, metadata }: CustomResourceDefinition): V1CustomResourceDefinitionVersion | undefined => {
  const stored = versions.find(({ storage }) => storage);
  if (stored?.served === true) return stored;
  return versions.find(({ served }) => served) ?? (metadata?.deletionTimestamp === undefined ? undefined : stored);
};

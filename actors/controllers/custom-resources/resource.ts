// The resource of a CustomResourceDefinition, for controllers that handle objects of any kind.
import type { CustomResourceDefinition } from "#api/apiextensions/v1/custom-resource-definition.ts";
import type { Resource } from "#api/meta/resource.ts";

/** The resource that a definition defines, in a version that is served; undefined: it is not established, or serves none. */
export const definedResource = ({ spec, status }: CustomResourceDefinition): Resource | undefined => {
  const isEstablished = status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True") === true;
  const served = spec.versions.filter((version) => version.served);
  const version = served.find(({ storage }) => storage) ?? served[0];
  if (!isEstablished || version === undefined) return undefined;
  const { plural, kind } = status?.acceptedNames ?? spec.names;
  return { group: spec.group, version: version.name, resource: plural, kind, namespaced: spec.scope === "Namespaced" };
};

// The schema that a CustomResourceDefinition brings, as its readers see it. What the wire leaves open (items may be a list,
// additionalProperties a boolean) is settled here. upstream: apiextensions-apiserver/pkg/apiserver/schema/structural.go
import type { V1CustomResourceDefinitionVersion, V1JSONSchemaProps } from "../generated/types.ts";
import { isJsonObject } from "../meta/json.ts";

export type Schema = V1JSONSchemaProps;

/** A schema that takes anything and keeps it. */
export const ANYTHING: Schema = { "x-kubernetes-preserve-unknown-fields": true };

/** The schema of a version; one without takes anything, as older clusters allowed. */
export const schemaOf = ({ schema }: V1CustomResourceDefinitionVersion): Schema => schema?.openAPIV3Schema ?? ANYTHING;

/** What a list's items are; undefined: not said. */
export const itemsOf = ({ items }: Schema): Schema | undefined => (isJsonObject(items) ? items : undefined);

/** What a map's values are; undefined: it is no map of that kind. `additionalProperties: true` takes anything. */
export const valuesOf = ({ additionalProperties }: Schema): Schema | undefined => {
  if (additionalProperties === true) return ANYTHING;
  return isJsonObject(additionalProperties) ? additionalProperties : undefined;
};

/** The schema of a property; undefined: none is named so. */
export const propertyOf = ({ properties }: Schema, name: string): Schema | undefined =>
  properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;

/** Whether fields that the schema does not name are kept. */
export const keepsUnknown = (schema: Schema): boolean => schema["x-kubernetes-preserve-unknown-fields"] === true;

/** Whether the value is an object of Kubernetes itself, with kind, apiVersion and metadata. */
export const isEmbedded = (schema: Schema): boolean => schema["x-kubernetes-embedded-resource"] === true;

/** What the text has below a path: `spec.list[0].field`. */
export const below = (path: string, step: string | number): string => {
  if (typeof step === "number") return `${path}[${step}]`;
  return path === "" ? step : `${path}.${step}`;
};

/** A schema within another: where it stands, and the name of the field that it is of. */
export type Inner = { readonly schema: Schema; readonly path: string; readonly field: string | undefined };

/** The schemas of an object's fields, of a list's items and of a map's values. */
export function* innerSchemas(schema: Schema, path: string): Iterable<Inner> {
  for (const [field, property] of Object.entries(schema.properties ?? {}))
    yield { schema: property, path: `${below(path, "properties")}[${field}]`, field };
  const [items, values] = [itemsOf(schema), valuesOf(schema)];
  if (items !== undefined) yield { schema: items, path: below(path, "items"), field: undefined };
  if (values !== undefined && values !== ANYTHING) yield { schema: values, path: below(path, "additionalProperties"), field: undefined };
}

/** The schemas that are combined to judge the same value. */
export function* combinedSchemas(schema: Schema, path: string): Iterable<Inner> {
  for (const word of ["allOf", "anyOf", "oneOf"] as const) {
    for (const [index, one] of (schema[word] ?? []).entries())
      yield { schema: one, path: below(below(path, word), index), field: undefined };
  }
  if (schema.not !== undefined) yield { schema: schema.not, path: below(path, "not"), field: undefined };
}

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

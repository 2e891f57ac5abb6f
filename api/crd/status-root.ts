// What the root of a schema may say when the status is a subresource: a status alone is judged by the schema of that one
// field, so that what the root says of the whole object would be lost.
// upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go validateCustomResourceDefinitionValidation
import { invalidValue } from "../meta/field-error.ts";
import type { FieldError } from "../meta/status.ts";
import type { Schema } from "./schema.ts";

/** A field's name, and as the message tells it. upstream: allowedFieldsAtRootSchema */
const ALLOWED: ReadonlyMap<string, string> = new Map([
  ["description", "Description"],
  ["type", "Type"],
  ["format", "Format"],
  ["title", "Title"],
  ["maximum", "Maximum"],
  ["exclusiveMaximum", "ExclusiveMaximum"],
  ["minimum", "Minimum"],
  ["exclusiveMinimum", "ExclusiveMinimum"],
  ["maxLength", "MaxLength"],
  ["minLength", "MinLength"],
  ["pattern", "Pattern"],
  ["maxItems", "MaxItems"],
  ["minItems", "MinItems"],
  ["uniqueItems", "UniqueItems"],
  ["multipleOf", "MultipleOf"],
  ["required", "Required"],
  ["items", "Items"],
  ["properties", "Properties"],
  ["externalDocs", "ExternalDocs"],
  ["example", "Example"],
  ["x-kubernetes-preserve-unknown-fields", "XPreserveUnknownFields"],
  ["x-kubernetes-validations", "XValidations"],
]);

const isSaid = (value: unknown): boolean => value !== undefined && value !== false && value !== "";

/** What the root must not say; of several mistakes the first is told. */
export const statusRootErrors = (schema: Schema, path: string): readonly FieldError[] => {
  const { type = "object" } = schema;
  if (type !== "object") {
    const why = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    return [invalidValue(`${path}.type`, type, why)];
  }
  if (Object.entries(schema).every(([field, value]) => ALLOWED.has(field) || !isSaid(value))) return [];
  const names = [...ALLOWED.values()].join(" ");
  return [invalidValue(path, schema, `only [${names}] fields are allowed at the root of the schema if the status subresource is enabled`)];
};

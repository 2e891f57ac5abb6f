// What may be wrong with the schema of a version, beside what its rules say.
// upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go ValidateCustomResourceDefinitionOpenAPISchema
import { forbiddenField, invalidValue, notSupported, required } from "../meta/field-error.ts";
import { isJsonObject } from "../meta/json.ts";
import type { FieldError } from "../meta/status.ts";
import { listErrors } from "./list-schema-errors.ts";
import { pruneObject, withDefaults } from "./prune.ts";
import { ruleDefinitionErrors } from "./rule-definitions.ts";
import { below, combinedSchemas, innerSchemas, isEmbedded, type Schema } from "./schema.ts";
import { structuralErrors } from "./structural.ts";
import { schemaErrors } from "./validate.ts";

type Errors = Iterable<FieldError>;

/** Every mistake of the schema. Its rules are about fields, so there must be a structure first. */
export const schemaDefinitionErrors = (schema: Schema, path: string): readonly FieldError[] => {
  const own = [...nodeErrors(schema, path, "root")];
  const isReadable = !own.some(({ message }) => message.endsWith(UNSUPPORTED));
  const structural = isReadable ? structuralErrors(schema, path) : [];
  const root = schema.nullable === true ? [forbiddenField(below(path, "nullable"), "nullable cannot be true at the root")] : [];
  const defaults = isReadable && structural.length === 0 ? [...defaultErrors(schema, path)] : [];
  const errors = [...root, ...structural, ...defaults, ...own];
  return errors.length > 0 ? errors : [...ruleDefinitionErrors(schema, path)];
};

const UNSUPPORTED = "is not supported";

/** upstream: structuralschema.NewStructural, specStandardValidatorV3 */
const FORBIDDEN = ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"] as const;

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];
const MAP_TYPES = ["atomic", "granular"];

/** Where a schema stands: at the root, in the top-level metadata, anywhere else. */
type Place = "root" | "metadata" | "field";

function* nodeErrors(schema: Schema, path: string, place: Place): Errors {
  yield* standardErrors(schema, path);
  if (place === "metadata" && schema.default !== undefined)
    yield forbiddenField(below(path, "default"), "must not be set in top-level metadata");
  if (schema.uniqueItems === true)
    yield forbiddenField(below(path, "uniqueItems"), "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
  yield* mapErrors(schema, path);
  yield* childErrors(schema, path, place);
  yield* listErrors(schema, path);
}

function* standardErrors(schema: Schema, path: string): Errors {
  const { type } = schema;
  if (type === "null") yield forbiddenField(below(path, "type"), "type cannot be set to null, use nullable as an alternative");
  else if (type !== undefined && !TYPES.includes(type)) yield notSupported(below(path, "type"), type, TYPES);
  for (const field of FORBIDDEN) if (schema[field] !== undefined) yield forbiddenField(below(path, field), `${field} ${UNSUPPORTED}`);
  if (Array.isArray(schema.items)) yield forbiddenField(below(path, "items"), "items must be a schema object and not an array");
}

function* mapErrors(schema: Schema, path: string): Errors {
  if (schema.additionalProperties === false)
    yield forbiddenField(below(path, "additionalProperties"), "additionalProperties cannot be set to false");
  if (Object.keys(schema.properties ?? {}).length > 0 && isJsonObject(schema.additionalProperties)) {
    yield forbiddenField(below(path, "additionalProperties"), "additionalProperties and properties are mutual exclusive");
  }
  if (schema["x-kubernetes-preserve-unknown-fields"] === false)
    yield invalidValue(below(path, "x-kubernetes-preserve-unknown-fields"), false, "must be true or undefined");
  const mapType = schema["x-kubernetes-map-type"];
  if (mapType === undefined) return;
  const why = "must be object if x-kubernetes-map-type is specified";
  const at = below(path, "type");
  if (schema.type === undefined) yield required(at, why);
  else if (schema.type !== "object") yield invalidValue(at, schema.type, why);
  if (!MAP_TYPES.includes(mapType)) yield notSupported(below(path, "x-kubernetes-map-type"), mapType, MAP_TYPES);
}

function* childErrors(schema: Schema, path: string, place: Place): Errors {
  const inner = place === "root" ? "field" : place;
  for (const { schema: child, path: at, field } of innerSchemas(schema, path))
    yield* nodeErrors(child, at, place === "root" && field === "metadata" ? "metadata" : inner);
  for (const { schema: one, path: at } of combinedSchemas(schema, path)) yield* nodeErrors(one, at, inner);
}

/** upstream: apiserver/schema/defaulting/validation.go */
function* defaultErrors(schema: Schema, path: string): Errors {
  if (schema.default !== undefined) yield* oneDefault(schema, below(path, "default"));
  for (const { schema: child, path: at } of innerSchemas(schema, path)) yield* defaultErrors(child, at);
}

function* oneDefault(schema: Schema, path: string): Errors {
  const { default: value } = schema;
  for (const { message } of schemaErrors(withDefaults(value, schema), schema)) {
    yield invalidValue(path, value, `must validate: ${message}`);
    return;
  }
  const [unknown] = isJsonObject(value) && !isEmbedded(schema) ? pruneObject(value, schema).unknown : [];
  if (unknown !== undefined) yield invalidValue(path, value, "must not have unknown fields");
}

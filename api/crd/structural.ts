// Whether a schema is structural: every field has a type, so that what is unknown can be told from what is known.
// upstream: apiextensions-apiserver/pkg/apiserver/schema/validation.go, apis/apiextensions/validation
import { forbiddenField, invalidValue, notSupported, required } from "../meta/field-error.ts";
import { isJsonObject } from "../meta/json.ts";
import type { FieldError } from "../meta/status.ts";
import { pruneObject, withDefaults } from "./prune.ts";
import { below, isEmbedded, itemsOf, keepsUnknown, propertyOf, valuesOf, type Schema } from "./schema.ts";
import { patternOf } from "./scalars.ts";
import { schemaErrors } from "./validate.ts";

type Errors = Iterable<FieldError>;

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];
const LIST_TYPES = ["atomic", "set", "map"];
const MAP_TYPES = ["atomic", "granular"];

/** What is wrong with the schema of a version. */
export function* structuralErrors(schema: Schema, path: string): Errors {
  if (schema.type === undefined) yield required(below(path, "type"), "must not be empty at the root");
  else if (schema.type !== "object") yield invalidValue(below(path, "type"), schema.type, "must be object at the root");
  if (schema.nullable === true) yield forbiddenField(below(path, "nullable"), "nullable cannot be true at the root");
  yield* nodeErrors(schema, path, "root");
}

type Place = "root" | "field" | "item";

function* nodeErrors(schema: Schema, path: string, place: Place): Errors {
  yield* typeErrors(schema, path, place);
  if (isEmbedded(schema) && schema.type !== "object") {
    yield invalidValue(below(path, "type"), schema.type ?? "", "must be object if x-kubernetes-embedded-resource is true");
  }
  yield* forbiddenErrors(schema, path);
  yield* listErrors(schema, path);
  yield* defaultErrors(schema, path);
  if (schema.pattern !== undefined && patternOf(schema.pattern) === undefined) {
    yield invalidValue(below(path, "pattern"), schema.pattern, "must be a valid regular expression, but isn't");
  }
  yield* childErrors(schema, path);
  yield* combinedErrors(schema, path);
}

function* typeErrors(schema: Schema, path: string, place: Place): Errors {
  const { type } = schema;
  const at = below(path, "type");
  if (schema["x-kubernetes-int-or-string"] === true) {
    if (type !== undefined) yield forbiddenField(at, "must be empty if x-kubernetes-int-or-string is true");
  } else if (type === undefined) {
    if (place !== "root" && !keepsUnknown(schema))
      yield required(at, `must not be empty for specified ${place === "item" ? "array items" : "object fields"}`);
  } else if (!TYPES.includes(type)) yield notSupported(at, type, TYPES);
}

function* forbiddenErrors(schema: Schema, path: string): Errors {
  const forbidden = ["$ref", "definitions", "dependencies", "id", "patternProperties", "additionalItems"] as const;
  for (const field of forbidden) if (schema[field] !== undefined) yield forbiddenField(below(path, field), `${field} is not supported`);
  if (schema.uniqueItems === true)
    yield forbiddenField(below(path, "uniqueItems"), "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
  if (Array.isArray(schema.items)) yield forbiddenField(below(path, "items"), "items must be a schema object and not an array");
  if (schema.additionalProperties === false)
    yield forbiddenField(below(path, "additionalProperties"), "additionalProperties cannot be set to false");
  if (schema.properties !== undefined && valuesOf(schema) !== undefined) {
    yield forbiddenField(below(path, "additionalProperties"), "additionalProperties and properties are mutual exclusive");
  }
}

function* listErrors(schema: Schema, path: string): Errors {
  const mapType = schema["x-kubernetes-map-type"];
  if (schema.type === "array" && itemsOf(schema) === undefined) yield required(below(path, "items"), "must be specified");
  if (mapType !== undefined && !MAP_TYPES.includes(mapType)) yield notSupported(below(path, "x-kubernetes-map-type"), mapType, MAP_TYPES);
  const listType = schema["x-kubernetes-list-type"];
  if (listType !== undefined) yield* listTypeErrors(schema, listType, path);
  else if (schema["x-kubernetes-list-map-keys"] !== undefined) {
    yield forbiddenField(below(path, "x-kubernetes-list-map-keys"), "cannot be set if x-kubernetes-list-type is not set to map");
  }
}

function* listTypeErrors(schema: Schema, listType: string, path: string): Errors {
  if (schema.type !== "array")
    yield invalidValue(below(path, "type"), schema.type ?? "", "must be array if x-kubernetes-list-type is specified");
  if (!LIST_TYPES.includes(listType)) yield notSupported(below(path, "x-kubernetes-list-type"), listType, LIST_TYPES);
  if (listType === "map") yield* keyErrors(schema, path);
}

function* keyErrors(schema: Schema, path: string): Errors {
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const items = itemsOf(schema) ?? {};
  if (keys.length === 0) yield required(below(path, "x-kubernetes-list-map-keys"), "must not be empty if x-kubernetes-list-type is map");
  for (const [index, key] of keys.entries()) {
    const property = propertyOf(items, key);
    const at = below(below(path, "x-kubernetes-list-map-keys"), index);
    if (property === undefined) yield invalidValue(at, key, "entries must all be names of item properties");
    else if (items.required?.includes(key) !== true && property.default === undefined) {
      yield required(
        below(path, `items.properties[${key}].default`),
        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
      );
    }
  }
}

function* defaultErrors(schema: Schema, path: string): Errors {
  const { default: value } = schema;
  if (value === undefined) return;
  const at = below(path, "default");
  for (const { message } of schemaErrors(withDefaults(value, schema), schema)) {
    yield invalidValue(at, value, `must validate: ${message}`);
    return;
  }
  const [unknown] = isJsonObject(value) && !isEmbedded(schema) ? pruneObject(value, schema).unknown : [];
  if (unknown !== undefined) yield invalidValue(at, value, "must not have unknown fields");
}

function* childErrors(schema: Schema, path: string): Errors {
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    yield* nodeErrors(property, `${below(path, "properties")}[${name}]`, "field");
  const [items, values] = [itemsOf(schema), valuesOf(schema)];
  if (items !== undefined) yield* nodeErrors(items, below(path, "items"), "item");
  if (values !== undefined && schema.additionalProperties !== true) yield* nodeErrors(values, below(path, "additionalProperties"), "field");
}

const STRUCTURE = [
  "description",
  "default",
  "nullable",
  "additionalProperties",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-embedded-resource",
] as const;

// Below allOf and its like a schema judges values only: what gives structure stands outside. upstream: validateNestedValueValidation
function* combinedErrors(schema: Schema, path: string): Errors {
  for (const word of ["allOf", "anyOf", "oneOf"] as const) {
    for (const [index, one] of (schema[word] ?? []).entries()) yield* valueErrors(one, below(below(path, word), index), schema);
  }
  if (schema.not !== undefined) yield* valueErrors(schema.not, below(path, "not"), schema);
}

function* valueErrors(schema: Schema, path: string, outer: Schema): Errors {
  const mayHaveType = outer["x-kubernetes-int-or-string"] === true;
  for (const word of STRUCTURE) if (schema[word] !== undefined) yield forbiddenField(below(path, word), "must be empty to be structural");
  if (schema.type !== undefined && !mayHaveType) yield forbiddenField(below(path, "type"), "must be empty to be structural");
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const same = propertyOf(outer, name);
    const at = `${below(path, "properties")}[${name}]`;
    if (same === undefined)
      yield required(`${path.replace(/\.(allOf|anyOf|oneOf)\[\d+\]$|\.not$/, "")}.properties[${name}]`, `because it is defined in ${at}`);
    else yield* valueErrors(property, at, same);
  }
  const [items, same] = [itemsOf(schema), itemsOf(outer)];
  if (items !== undefined && same !== undefined) yield* valueErrors(items, below(path, "items"), same);
  yield* combinedErrors(schema, path);
}

// What may be wrong with how a schema tells the items of a list apart.
// upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go
import { forbiddenField, invalidValue, notSupported, required } from "../meta/field-error.ts";
import type { FieldError } from "../meta/status.ts";
import { below, itemsOf, propertyOf, type Schema } from "./schema.ts";

type Errors = Iterable<FieldError>;

const LIST_TYPE = "x-kubernetes-list-type";
const KEYS = "x-kubernetes-list-map-keys";
const LIST_TYPES = ["atomic", "set", "map"];

/** Every mistake of one schema, not of those below it. */
export function* listErrors(schema: Schema, path: string): Errors {
  const { [LIST_TYPE]: listType, [KEYS]: keys = [] } = schema;
  if (listType !== undefined) yield* typeErrors(schema, listType, path);
  const why = `must be map if ${KEYS} is non-empty`;
  if (keys.length > 0 && listType === undefined) yield required(below(path, LIST_TYPE), why);
  else if (keys.length > 0 && listType !== "map") yield invalidValue(below(path, LIST_TYPE), listType, why);
  if (listType === "map") yield* keyErrors(schema, path);
  if (listType === "map" || listType === "set") yield* identityErrors(schema, listType, path);
}

function* typeErrors(schema: Schema, listType: string, path: string): Errors {
  const why = `must be array if ${LIST_TYPE} is specified`;
  if (schema.type === undefined) yield required(below(path, "type"), why);
  else if (schema.type !== "array") yield invalidValue(below(path, "type"), schema.type, why);
  else if (listType === "set") yield* memberErrors(itemsOf(schema) ?? {}, below(path, "items"));
  if (!LIST_TYPES.includes(listType)) yield notSupported(below(path, LIST_TYPE), listType, LIST_TYPES);
}

const WHOLE = `must be atomic as item of a list with ${LIST_TYPE}=set`;

/** A list changes as a whole unless it says otherwise, a map only when it says so. */
function* memberErrors(items: Schema, path: string): Errors {
  const { [LIST_TYPE]: listType = "atomic", "x-kubernetes-map-type": mapType } = items;
  if (items.type === "array" && listType !== "atomic") yield invalidValue(below(path, LIST_TYPE), listType, WHOLE);
  if (items.type === "object" && mapType !== "atomic") yield invalidValue(below(path, "x-kubernetes-map-type"), "null", WHOLE);
}

function* keyErrors(schema: Schema, path: string): Errors {
  const keys = schema[KEYS] ?? [];
  if (keys.length === 0) yield required(below(path, KEYS), `must not be empty if ${LIST_TYPE} is map`);
  const items = itemsOf(schema);
  if (items === undefined) yield required(below(path, "items"), `must have a schema if ${LIST_TYPE} is map`);
  else if (items.type === "object") yield* keyNameErrors(items, keys, path);
  else yield invalidValue(below(path, "items.type"), items.type ?? "", `must be object if parent array's ${LIST_TYPE} is map`);
}

function* keyNameErrors(items: Schema, keys: readonly string[], path: string): Errors {
  for (const [index, key] of keys.entries()) {
    const { type } = propertyOf(items, key) ?? {};
    if (propertyOf(items, key) === undefined) yield invalidValue(below(path, KEYS), keys, "entries must all be names of item properties");
    else if (type === "array" || type === "object") {
      yield invalidValue(
        below(path, `items.properties[${key}].type`),
        "object",
        `must be a scalar type if parent array's ${LIST_TYPE} is map`,
      );
    }
    if (keys.indexOf(key) < index) yield invalidValue(below(path, KEYS), keys, "must not contain duplicate entries");
  }
}

/** What tells items apart must be there. upstream: validateMapListKeysMapSet */
function* identityErrors(schema: Schema, listType: string, path: string): Errors {
  const items = itemsOf(schema);
  if (items === undefined) return;
  const at = below(path, "items");
  if (items.nullable === true) yield forbiddenField(below(at, "nullable"), `cannot be nullable when ${LIST_TYPE} is ${listType}`);
  for (const key of listType === "map" ? (schema[KEYS] ?? []) : []) yield* keyFieldErrors(items, key, `${below(at, "properties")}[${key}]`);
}

const IS_KEY = `this property is in ${KEYS}, so it`;

function* keyFieldErrors(items: Schema, key: string, path: string): Errors {
  const property = propertyOf(items, key);
  if (property === undefined) return;
  if (items.required?.includes(key) !== true && property.default === undefined)
    yield required(below(path, "default"), `${IS_KEY} must have a default or be a required property`);
  if (property.nullable === true) yield forbiddenField(below(path, "nullable"), `${IS_KEY} cannot be nullable`);
}

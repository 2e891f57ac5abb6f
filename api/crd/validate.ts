// Whether a value obeys a schema, in the words of upstream's validator. Paths in messages begin at the object; its own path is "".
// What is as it was before a change is not judged again: its schema may have changed since it was written.
// upstream: k8s.io/kube-openapi/pkg/validation, apiextensions-apiserver/pkg/apiserver/validation/{validation,ratcheting}.go
import { deepEqual } from "../meta/equal.ts";
import { invalidValue, required, typeInvalid } from "../meta/field-error.ts";
import { isJsonObject, type JsonObject } from "../meta/json.ts";
import type { FieldError } from "../meta/status.ts";
import { hasFormat } from "./formats.ts";
import { checkList, keyText } from "./lists.ts";
import { below, isEmbedded, itemsOf, propertyOf, valuesOf, type Schema } from "./schema.ts";
import { checkText, checkNumber, enumErrors } from "./scalars.ts";

type Errors = Iterable<FieldError>;

const NONE: readonly FieldError[] = [];

/** What is wrong with a value. `old`: what it was before; undefined: it is new. */
export const schemaErrors = (value: unknown, schema: Schema, path = "", old?: unknown): readonly FieldError[] => [
  ...check(value, schema, path, old),
];

const typeName = (value: unknown): string => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
};

const hasType = (value: unknown, { type, nullable, "x-kubernetes-int-or-string": isEither }: Schema): boolean => {
  const name = typeName(value);
  if (name === "null") return nullable === true || (type === undefined && isEither !== true);
  if (isEither === true) return name === "integer" || name === "string";
  return type === undefined || type === name || (type === "number" && name === "integer");
};

function* check(value: unknown, schema: Schema, path: string, old?: unknown): Errors {
  if (old !== undefined && deepEqual(value, old)) return;
  if (!hasType(value, schema)) {
    const wanted = schema["x-kubernetes-int-or-string"] === true ? "integer,string" : schema.type;
    const name = typeName(value);
    yield typeInvalid(path, name, `${path} in body must be of type ${wanted}: ${JSON.stringify(name)}`);
    return;
  }
  if (value === null) return;
  yield* enumErrors(value, schema, path);
  if (typeof value === "string") yield* checkString(value, schema, path);
  else if (typeof value === "number") yield* checkNumber(value, schema, path);
  else if (Array.isArray(value)) yield* checkItems(value, schema, path, old);
  else if (isJsonObject(value)) yield* checkMap(value, schema, path, old);
  yield* checkCombined(value, schema, path);
}

function* checkString(value: string, schema: Schema, path: string): Errors {
  yield* checkText(value, schema, path);
  if (schema.format !== undefined && !hasFormat(schema.format, value)) {
    yield invalidValue(path, value, `${path} in body must be of type ${schema.format}: ${JSON.stringify(value)}`);
  }
}

function* checkItems(value: readonly unknown[], schema: Schema, path: string, old: unknown): Errors {
  yield* checkList(value, schema, path);
  const items = itemsOf(schema);
  if (items === undefined) return;
  const before = itemsBefore(old, schema);
  for (const [index, item] of value.entries()) yield* check(item, items, below(path, index), before?.get(keyText(item, schema)));
}

/** Only the items of a keyed list are the same from one list to another. */
const itemsBefore = (old: unknown, schema: Schema): ReadonlyMap<string, unknown> | undefined =>
  schema["x-kubernetes-list-type"] === "map" && Array.isArray(old)
    ? new Map(old.map((item: unknown) => [keyText(item, schema), item]))
    : undefined;

function* checkMap(value: JsonObject, schema: Schema, path: string, old: unknown): Errors {
  for (const name of schema.required ?? []) if (!Object.hasOwn(value, name)) yield required(below(path, name));
  yield* checkSize(Object.keys(value).length, schema, path);
  if (isEmbedded(schema)) yield* checkEmbedded(value, path);
  const values = valuesOf(schema);
  for (const [key, child] of Object.entries(value)) {
    const of = propertyOf(schema, key) ?? values;
    if (of !== undefined) yield* check(child, of, below(path, key), isJsonObject(old) && Object.hasOwn(old, key) ? old[key] : undefined);
  }
}

const checkSize = (count: number, { minProperties = 0, maxProperties = Infinity }: Schema, path: string): Errors => [
  ...(count < minProperties ? [invalidValue(path, "", `${path} in body should have at least ${minProperties} properties`)] : NONE),
  ...(count > maxProperties
    ? [{ reason: "FieldValueTooMany", field: path, message: `Too many: ${count}: must have at most ${maxProperties} items` }]
    : NONE),
];

const checkEmbedded = (value: JsonObject, path: string): Errors =>
  path === ""
    ? NONE
    : ["apiVersion", "kind"]
        .filter((field) => (value[field] ?? "") === "")
        .map((field) => required(below(path, field), "must not be empty"));

const obeys = (value: unknown, schema: Schema, path: string): boolean => {
  for (const _ of check(value, schema, path)) return false;
  return true;
};

function* checkCombined(value: unknown, schema: Schema, path: string): Errors {
  for (const one of schema.allOf ?? []) yield* check(value, one, path);
  if (schema.anyOf !== undefined) yield* checkAny(value, schema.anyOf, path);
  if (schema.oneOf !== undefined) yield* checkOne(value, schema.oneOf, path);
  if (schema.not !== undefined && obeys(value, schema.not, path)) {
    yield invalidValue(path, "", `${path} in body must not validate the schema (not)`);
  }
}

function* checkAny(value: unknown, schemas: readonly Schema[], path: string): Errors {
  const [first] = schemas;
  if (first === undefined || schemas.some((schema) => obeys(value, schema, path))) return;
  yield invalidValue(path, "", `${path} in body must validate at least one schema (anyOf)`);
  yield* check(value, first, path);
}

function* checkOne(value: unknown, schemas: readonly Schema[], path: string): Errors {
  const fitting = schemas.filter((schema) => obeys(value, schema, path)).length;
  if (schemas.length === 0 || fitting === 1) return;
  const found = fitting === 0 ? "Found none valid" : `Found ${fitting} valid alternatives`;
  yield invalidValue(path, "", `${path} in body must validate one and only one schema (oneOf). ${found}`);
}

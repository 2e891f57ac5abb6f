// The rules of a list as a whole. upstream: kube-openapi's validator, apiextensions-apiserver/pkg/apiserver/schema/listtype
import { deepEqual } from "../meta/equal.ts";
import { duplicate, invalidValue, tooMany } from "../meta/field-error.ts";
import { isJsonObject, type JsonObject } from "../meta/json.ts";
import type { FieldError } from "../meta/status.ts";
import { below, itemsOf, propertyOf, type Schema } from "./schema.ts";

const keyOf = (item: unknown, schema: Schema): unknown => {
  const keys = schema["x-kubernetes-list-map-keys"];
  if (schema["x-kubernetes-list-type"] !== "map" || keys === undefined || !isJsonObject(item)) return item;
  const items = itemsOf(schema) ?? {};
  return Object.fromEntries(keys.map((key) => [key, item[key] ?? propertyOf(items, key)?.default]));
};

/** What tells an item of such a list from others. */
export const keyText = (item: unknown, schema: Schema): string => textOf(keyOf(item, schema));

const textOf = (key: unknown): string =>
  JSON.stringify(key, isJsonObject(key) ? Object.keys(key satisfies JsonObject).toSorted() : undefined);

/** Length, and that no item stands there twice where each may stand once. */
export function* checkList(value: readonly unknown[], schema: Schema, path: string): Iterable<FieldError> {
  const { minItems = 0, maxItems = Infinity } = schema;
  if (value.length < minItems) yield invalidValue(path, value.length, `${path} in body should have at least ${minItems} items`);
  if (value.length > maxItems) yield tooMany(path, value.length, maxItems);
  const type = schema["x-kubernetes-list-type"];
  if (type === "set" || type === "map") yield* duplicates(value, schema, path);
  else if (schema.uniqueItems === true && hasDuplicates(value))
    yield invalidValue(path, value, `${path} in body shouldn't contain duplicates`);
}

const hasDuplicates = (value: readonly unknown[]): boolean =>
  value.some((item, index) => value.slice(0, index).some((earlier) => deepEqual(earlier, item)));

function* duplicates(value: readonly unknown[], schema: Schema, path: string): Iterable<FieldError> {
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const key = keyOf(item, schema);
    const text = textOf(key);
    if (seen.has(text)) yield duplicate(below(path, index), key);
    seen.add(text);
  }
}

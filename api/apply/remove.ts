// An object without some of its fields. upstream: sigs.k8s.io/structured-merge-diff/typed/remove.go
import { setKey } from "../meta/json.ts";
import { fieldElement, type FieldSet } from "./field-set.ts";
import type { Shape } from "./shape.ts";
import { childShape, elementOf, listOf, mapOf, resolved, type ListShape, type MapShape } from "./walk.ts";

/** `value` without the members of `fields`. It is not changed; parts are shared. Throws: ApplyError. */
export const removeFields = (value: unknown, fields: FieldSet, given: Shape): unknown => {
  if (fields.size === 0) return value;
  const shape = resolved(given, value);
  if (shape.is === "leaf") return value;
  return shape.is === "map" ? fromMap(value, fields, shape) : fromList(value, fields, shape);
};

const fromMap = (value: unknown, fields: FieldSet, shape: MapShape): unknown => {
  const map = mapOf(value);
  if (map === undefined) return value;
  const result: { [key: string]: unknown } = {};
  for (const [key, child] of Object.entries(map)) {
    const node = fields.get(fieldElement(key));
    if (node?.own === true) continue;
    setKey(result, key, node === undefined ? child : removeFields(child, node.below, childShape(shape, key)));
  }
  return Object.keys(result).length > 0 || Object.keys(map).length === 0 ? result : null;
};

const fromList = (value: unknown, fields: FieldSet, shape: ListShape): unknown => {
  const list = listOf(value);
  if (list === undefined) return value;
  const result: unknown[] = [];
  for (const item of list) {
    const node = fields.get(elementOf(shape, item));
    if (node?.own === true) continue;
    result.push(node === undefined || shape.is === "set" ? item : removeFields(item, node.below, shape.item));
  }
  return result.length > 0 || list.length === 0 ? result : null;
};

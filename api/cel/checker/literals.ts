// What is written out: `[a, ?b]`, `{k: v}`, `Object{field: value}`.
import { common, DYN, fits, formatType, listOf, mapOf, type Type } from "../types.ts";
import type { Checking, Node, Scope } from "./checking.ts";
import { fieldType } from "./names.ts";

/** The type of a list. */
export const listType = (checking: Checking, expr: Node<"list">, scope: Scope): Type => {
  let type: Type | undefined;
  for (const { value, optional } of expr.items) {
    type = same(checking, type, { type: unwrapped(checking, checking.typeOf(value, scope), { optional, at: value.at }), at: value.at });
  }
  return listOf(type ?? DYN, expr.items.length);
};

/** The type of a map. */
export const mapType = (checking: Checking, expr: Node<"map">, scope: Scope): Type => {
  let [key, item]: (Type | undefined)[] = [];
  for (const entry of expr.entries) {
    const { at } = entry.value;
    key = same(checking, key, { type: checking.typeOf(entry.key, scope), at: entry.key.at });
    const type = unwrapped(checking, checking.typeOf(entry.value, scope), { optional: entry.optional, at });
    item = same(checking, item, { type, at });
  }
  return mapOf(key ?? DYN, item ?? DYN, expr.entries.length);
};

/** The type of an object. */
export const structType = (checking: Checking, expr: Node<"struct">, scope: Scope): Type => {
  const type = checking.declarations.structs?.(expr.name);
  for (const { name, value, optional, at } of expr.fields) {
    const given = unwrapped(checking, checking.typeOf(value, scope), { optional, at });
    if (type === undefined) continue;
    const wanted = fieldType(checking, type, { field: name, at });
    if (!fits(wanted, given, new Map())) {
      checking.fault(at, `expected type of field '${name}' is '${formatType(wanted)}' but provided type is '${formatType(given)}'`);
    }
  }
  return type ?? checking.fault(expr.at, `undeclared reference to '${expr.name}' (in container '')`);
};

/** The one type of the items of a literal; what differs is a fault. */
const same = (checking: Checking, known: Type | undefined, { type, at }: { readonly type: Type; readonly at: number }): Type => {
  if (known === undefined) return type;
  return common(known, type) ?? checking.fault(at, `expected type '${formatType(known)}' but found '${formatType(type)}'`);
};

/** The type of an item, of an entry or of a field that is left out where its optional value is none. */
const unwrapped = (checking: Checking, type: Type, { optional, at }: { readonly optional: boolean; readonly at: number }): Type => {
  if (!optional) return type;
  if (type.is === "optional") return type.item;
  if (type.is === "dyn") return DYN;
  return checking.fault(at, `expected type 'optional_type(${formatType(type)})' but found '${formatType(type)}'`);
};

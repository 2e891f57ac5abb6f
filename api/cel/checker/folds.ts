// Macros that go through a list or a map: `all`, `exists`, `filter`, `map`, `transformMap` and their like.
import type { Fold } from "../ast.ts";
import { BOOL, DYN, formatType, INT, listOf, mapOf, optionalOf, type Type } from "../types.ts";
import type { Checking, Node, Scope } from "./checking.ts";

/** The type of what a macro answers. */
export const foldType = (checking: Checking, expr: Fold, scope: Scope): Type => {
  const range = checking.typeOf(expr.range, scope);
  const [first, second] = rangeTypes(checking, expr, range);
  const [one = "", two] = expr.names;
  let inner: Scope = { name: one, type: two !== undefined || range.is === "map" ? first : second, outer: scope };
  if (two !== undefined) inner = { name: two, type: second, outer: inner };
  if (expr.where !== undefined) checking.needBool(expr.where, checking.typeOf(expr.where, inner));
  return foldResult(checking, expr, { range, body: checking.typeOf(expr.body, inner), key: first });
};

type Parts = { readonly range: Type; readonly body: Type; readonly key: Type };

const foldResult = (checking: Checking, { kind, body: expr }: Fold, { range, body, key }: Parts): Type => {
  const max = range.is === "list" || range.is === "map" ? range.max : undefined;
  if (kind === "map") return listOf(body, max);
  if (kind === "transformMap") return mapOf(key, body, max);
  if (kind === "transformMapEntry") return body.is === "map" ? body : DYN;
  checking.needBool(expr, body);
  if (kind !== "filter") return BOOL;
  return range.is === "map" ? listOf(range.key, max) : range;
};

/** Index or key, and item or value. */
const rangeTypes = (checking: Checking, { range: expr }: Fold, range: Type): readonly [Type, Type] => {
  if (range.is === "list") return [INT, range.item];
  if (range.is === "map") return [range.key, range.value];
  if (range.is === "dyn" || range.is === "param") return [DYN, DYN];
  const shown = formatType(range);
  checking.fault(expr.at, `expression of type '${shown}' cannot be range of a comprehension (must be list, map, or dynamic)`);
  return [DYN, DYN];
};

/** The type of `optional.optMap(name, body)` and `optFlatMap`. */
export const optMapType = (checking: Checking, expr: Node<"optMap">, scope: Scope): Type => {
  const of = checking.typeOf(expr.of, scope);
  const type = of.is === "optional" ? of.item : DYN;
  const body = checking.typeOf(expr.body, { name: expr.name, type, outer: scope });
  return expr.flat ? body : optionalOf(body);
};

// What an expression is once it has been read. Macros are nodes of their own: they are checked and run as what they say.
import type { Value } from "./values.ts";

/** A node. `at`: offset in the text of what errors about it point to, as cel-go places it. */
export type Expr = { readonly at: number } & (
  | { readonly is: "const"; readonly value: Value }
  | { readonly is: "ident"; readonly name: string }
  | { readonly is: "select"; readonly of: Expr; readonly field: string; readonly optional: boolean }
  /** `has(of.field)` */
  | { readonly is: "has"; readonly of: Expr; readonly field: string }
  | { readonly is: "index"; readonly of: Expr; readonly key: Expr; readonly optional: boolean }
  /** Operators are calls of names such as `_+_`. */
  | { readonly is: "call"; readonly name: string; readonly target: Expr | undefined; readonly args: readonly Expr[] }
  | { readonly is: "list"; readonly items: readonly ListItem[] }
  | { readonly is: "map"; readonly entries: readonly MapEntry[] }
  /** `Name{field: value}` */
  | { readonly is: "struct"; readonly name: string; readonly fields: readonly StructField[] }
  | Fold
  /** `cel.bind(name, value, body)` */
  | { readonly is: "bind"; readonly name: string; readonly value: Expr; readonly body: Expr }
  /** `of.optMap(name, body)`; `flat`: the body is an optional itself. */
  | { readonly is: "optMap"; readonly of: Expr; readonly name: string; readonly body: Expr; readonly flat: boolean }
);

/** `optional`: `[?x]`, left out when the optional x is none. */
type ListItem = { readonly value: Expr; readonly optional: boolean };
type MapEntry = { readonly key: Expr; readonly value: Expr; readonly optional: boolean };
type StructField = { readonly name: string; readonly value: Expr; readonly optional: boolean; readonly at: number };

/** What a macro over a list or a map makes of it. */
export type FoldKind = "all" | "exists" | "exists_one" | "filter" | "map" | "transformMap" | "transformMapEntry";

/** `range.kind(name, body)`: one variable is the item or key; two are index or key, and value. */
export type Fold = {
  readonly is: "fold";
  readonly at: number;
  readonly kind: FoldKind;
  readonly range: Expr;
  readonly names: readonly string[];
  /** Which items count; undefined: all. */
  readonly where: Expr | undefined;
  readonly body: Expr;
};

/** The name that a chain of selections spells, `a.b.c`; undefined: it is no such chain. */
export const dottedName = (expr: Expr): string | undefined => {
  if (expr.is === "ident") return expr.name;
  if (expr.is !== "select" || expr.optional) return undefined;
  const outer = dottedName(expr.of);
  return outer === undefined ? undefined : `${outer}.${expr.field}`;
};

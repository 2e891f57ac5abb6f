// Finds the type of an expression, and every mistake that shows before it runs, in cel-go's words.
// upstream: cel-go/checker/checker.go, checker/errors.go
import type { Expr } from "../ast.ts";
import { typeNameOf } from "../library/conversions.ts";
import { BOOL, NULL, type Type } from "../types.ts";
import type { Value } from "../values.ts";
import { callType } from "./calls.ts";
import { Checking, type Declarations, type Fault, type ResolvedCall, type Scope } from "./checking.ts";
import { foldType, optMapType } from "./folds.ts";
import { listType, mapType, structType } from "./literals.ts";
import { fieldType, identType, indexType, selectType } from "./names.ts";

/** What the checker knows of an expression. */
export type Checked = {
  readonly type: Type;
  readonly types: ReadonlyMap<Expr, Type>;
  readonly calls: ReadonlyMap<Expr, ResolvedCall>;
  /** Names that are types, not variables. */
  readonly typeNames: ReadonlyMap<Expr, string>;
  /** Chains of selections that are the name of one variable. */
  readonly qualified: ReadonlyMap<Expr, string>;
  /** Variables that it reads. */
  readonly reads: ReadonlySet<string>;
  readonly faults: readonly Fault[];
};

/** upstream: cel-go reports no more */
const MAX_FAULTS = 100;

/** Checks an expression. */
export const check = (expr: Expr, declarations: Declarations): Checked => {
  const checking = new Checking(declarations, typeOf);
  const type = checking.typeOf(expr, undefined);
  const { types, calls, typeNames, qualified, reads, faults } = checking;
  return { type, types, calls, typeNames, qualified, reads, faults: faults.slice(0, MAX_FAULTS) };
};

// oxlint-disable-next-line complexity -- one case for each kind of node
const typeOf = (checking: Checking, expr: Expr, scope: Scope): Type => {
  switch (expr.is) {
    case "const":
      return constantType(expr.value);
    case "ident":
      return identType(checking, expr, expr.name, scope);
    case "select":
      return selectType(checking, expr, scope);
    case "has":
      fieldType(checking, checking.typeOf(expr.of, scope), expr);
      return BOOL;
    case "index":
      return indexType(checking, expr, scope);
    case "call":
      return callType(checking, expr, scope);
    case "list":
      return listType(checking, expr, scope);
    case "map":
      return mapType(checking, expr, scope);
    case "struct":
      return structType(checking, expr, scope);
    case "fold":
      return foldType(checking, expr, scope);
    case "bind":
      return checking.typeOf(expr.body, { name: expr.name, type: checking.typeOf(expr.value, scope), outer: scope });
    case "optMap":
      return optMapType(checking, expr, scope);
  }
};

const constantType = (value: Value): Type => {
  if (value === null) return NULL;
  if (typeof value === "string") return { is: "simple", name: "string", max: value.length };
  return { is: "simple", name: typeNameOf(value) };
};

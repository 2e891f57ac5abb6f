// Functions, methods and operators: which of their overloads may be meant.
import { dottedName, type Expr } from "../ast.ts";
import type { Overload } from "../overload.ts";
import { BOOL, common, DYN, fits, formatType, listOf, substitute, type Type } from "../types.ts";
import { isBool, type Checking, type Node, type Scope } from "./checking.ts";
import { rootIsVariable } from "./names.ts";

/** The type of what a call answers. */
export const callType = (checking: Checking, expr: Node<"call">, scope: Scope): Type => {
  if (expr.name === "_?_:_") return conditionalType(checking, expr, scope);
  if (expr.name === "_&&_" || expr.name === "_||_") return logicalType(checking, expr, scope);
  const { functions } = checking.declarations;
  const qualified = qualifiedName(checking, expr, scope);
  const named = qualified === undefined ? undefined : functions.find(qualified, false);
  if (named !== undefined) return resolve(checking, expr, { overloads: named, args: expr.args, scope });
  const args = expr.target === undefined ? expr.args : [expr.target, ...expr.args];
  const overloads = functions.find(expr.name, expr.target !== undefined);
  if (overloads !== undefined) return resolve(checking, expr, { overloads, args, scope });
  for (const arg of args) checking.typeOf(arg, scope);
  return checking.fault(expr.at, `undeclared reference to '${expr.name}' (in container '')`);
};

/** `sets.contains`, unless `sets` is a variable. */
const qualifiedName = (checking: Checking, { name, target }: Node<"call">, scope: Scope): string | undefined => {
  const container = target === undefined ? undefined : dottedName(target);
  return container === undefined || rootIsVariable(checking, container, scope) ? undefined : `${container}.${name}`;
};

type Candidates = { readonly overloads: readonly Overload[]; readonly args: readonly Expr[]; readonly scope: Scope };

const resolve = (checking: Checking, expr: Node<"call">, { overloads, args, scope }: Candidates): Type => {
  const given = args.map((arg) =>
    expr.name === "format" && arg.is === "list" ? mixedList(checking, arg, scope) : checking.typeOf(arg, scope),
  );
  const fitting = overloads.flatMap((overload) => {
    const result = resultOf(overload, given);
    return result === undefined ? [] : [{ overload, result }];
  });
  const result = fitting.map((one) => one.result).reduce<Type | undefined>(sameOrDyn, undefined);
  if (result === undefined) return checking.noOverload(expr, expr.name, { given, isMethod: overloads[0]?.isMethod === true });
  checking.calls.set(expr, { overloads: fitting.map(({ overload }) => overload), args });
  return result;
};

/** What an overload answers to arguments of these types; undefined: they do not fit. */
const resultOf = ({ params, result }: Overload, given: readonly Type[]): Type | undefined => {
  const bindings = new Map<string, Type>();
  const isFit = params.length === given.length && params.every((param, at) => fits(param, given[at] ?? DYN, bindings));
  return isFit ? substitute(result, bindings) : undefined;
};

const sameOrDyn = (known: Type | undefined, next: Type): Type =>
  known === undefined || formatType(known) === formatType(next) ? next : DYN;

/** What a text is formatted with may be of many types. */
const mixedList = (checking: Checking, { items }: Node<"list">, scope: Scope): Type => {
  for (const { value } of items) checking.typeOf(value, scope);
  return listOf(DYN, items.length);
};

const logicalType = (checking: Checking, expr: Node<"call">, scope: Scope): Type => {
  const given = expr.args.map((arg) => checking.typeOf(arg, scope));
  return given.every(isBool) ? BOOL : checking.noOverload(expr, expr.name, { given, isMethod: false });
};

const conditionalType = (checking: Checking, expr: Node<"call">, scope: Scope): Type => {
  const given = expr.args.map((arg) => checking.typeOf(arg, scope));
  const [condition = DYN, left = DYN, right = DYN] = given;
  const type = common(left, right);
  return type !== undefined && isBool(condition) ? type : checking.noOverload(expr, expr.name, { given, isMethod: false });
};

// Variables, names of types, and what is selected of a value: `object.spec.replicas`, `items[0]`.
import { dottedName, type Expr } from "../ast.ts";
import { TYPE_NAMES } from "../library/conversions.ts";
import { DYN, fits, formatType, INT, optionalOf, typeOf, type Type } from "../types.ts";
import { find, type Checking, type Node, type Scope } from "./checking.ts";

/** The type of a variable, or of the name of a type. */
export const identType = (checking: Checking, expr: Expr, name: string, scope: Scope): Type => {
  const local = find(scope, name);
  if (local !== undefined) return local;
  const variable = checking.declarations.variables.get(name);
  if (variable !== undefined) {
    checking.reads.add(name);
    return variable;
  }
  const named = TYPE_NAMES.get(name);
  if (named === undefined) return checking.fault(expr.at, `undeclared reference to '${name}' (in container '')`);
  checking.typeNames.set(expr, name);
  return typeOf(named);
};

/** The first name of a chain is a variable. */
export const rootIsVariable = ({ declarations }: Checking, name: string, scope: Scope): boolean => {
  const root = name.slice(0, Math.max(0, name.indexOf("."))) || name;
  return find(scope, root) !== undefined || declarations.variables.has(root);
};

/** The type of a chain that is the name of one thing; undefined: it selects fields. */
const qualifiedType = (checking: Checking, expr: Expr, scope: Scope): Type | undefined => {
  const name = dottedName(expr);
  if (name === undefined || find(scope, name.slice(0, name.indexOf("."))) !== undefined) return undefined;
  const variable = checking.declarations.variables.get(name);
  if (variable !== undefined) checking.qualified.set(expr, name);
  else if (TYPE_NAMES.has(name) && !rootIsVariable(checking, name, scope)) return identType(checking, expr, name, scope);
  return variable;
};

const inner = (type: Type): Type => (type.is === "optional" ? type.item : type);

/** The type of `of.field` and `of.?field`. */
export const selectType = (checking: Checking, expr: Node<"select">, scope: Scope): Type => {
  const named = qualifiedType(checking, expr, scope);
  if (named !== undefined) return named;
  const of = checking.typeOf(expr.of, scope);
  const found = fieldType(checking, inner(of), expr);
  return expr.optional || of.is === "optional" ? optionalOf(inner(found)) : found;
};

/** The type of a field of a value. */
export const fieldType = (checking: Checking, of: Type, { field, at }: { readonly field: string; readonly at: number }): Type => {
  switch (of.is) {
    case "dyn":
    case "param":
      return DYN;
    case "map":
      return of.value;
    case "object":
      return of.field(field) ?? checking.fault(at, `undefined field '${field}'`);
    case "optional":
      return fieldType(checking, of.item, { field, at });
    case "list":
    case "simple":
    case "type":
      return checking.fault(at, `type '${formatType(of)}' does not support field selection`);
  }
};

/** The type of `of[key]` and `of[?key]`. */
export const indexType = (checking: Checking, expr: Node<"index">, scope: Scope): Type => {
  const of = checking.typeOf(expr.of, scope);
  const found = itemAt(checking, expr, { of: inner(of), key: checking.typeOf(expr.key, scope) });
  return expr.optional || of.is === "optional" ? optionalOf(found) : found;
};

const itemAt = (checking: Checking, expr: Expr, { of, key }: { readonly of: Type; readonly key: Type }): Type => {
  if (of.is === "dyn" || of.is === "param") return DYN;
  if (of.is === "list" && (fits(INT, key, new Map()) || isNumber(key))) return of.item;
  if (of.is === "map" && fits(of.key, key, new Map())) return of.value;
  return checking.noOverload(expr, "_[_]", { given: [of, key], isMethod: false });
};

const isNumber = (type: Type): boolean => type.is === "simple" && (type.name === "uint" || type.name === "double");

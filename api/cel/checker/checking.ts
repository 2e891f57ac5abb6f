// What one check has found so far, and how its parts ask each other.
import type { Expr } from "../ast.ts";
import type { Functions, Overload } from "../overload.ts";
import { BOOL, DYN, fits, formatType, type Type } from "../types.ts";

/** What an expression may name. */
export type Declarations = {
  readonly functions: Functions;
  readonly variables: ReadonlyMap<string, Type>;
  /** The types that `Name{…}` may make. */
  readonly structs?: ((name: string) => Type | undefined) | undefined;
};

/** A mistake, and the offset that it is shown at. */
export type Fault = { readonly at: number; readonly message: string };

/** A call as it has been understood: the functions that may be meant, and what they are called on. */
export type ResolvedCall = { readonly overloads: readonly Overload[]; readonly args: readonly Expr[] };

/** Names that macros give, innermost first. */
export type Scope = { readonly name: string; readonly type: Type; readonly outer: Scope | undefined } | undefined;

/** A node of one kind. */
export type Node<Is extends Expr["is"]> = Extract<Expr, { is: Is }>;

/** The state of one check. */
export class Checking {
  readonly types = new Map<Expr, Type>();
  readonly calls = new Map<Expr, ResolvedCall>();
  readonly typeNames = new Map<Expr, string>();
  readonly qualified = new Map<Expr, string>();
  readonly reads = new Set<string>();
  readonly faults: Fault[] = [];
  readonly declarations: Declarations;
  readonly #typeOf: (checking: Checking, expr: Expr, scope: Scope) => Type;

  constructor(declarations: Declarations, find: (checking: Checking, expr: Expr, scope: Scope) => Type) {
    this.declarations = declarations;
    this.#typeOf = find;
  }

  /** Finds the type of a part, and keeps it. */
  typeOf(expr: Expr, scope: Scope): Type {
    const type = this.#typeOf(this, expr, scope);
    this.types.set(expr, type);
    return type;
  }

  /** After a fault the type is dyn, which causes no others. */
  fault(at: number, message: string): Type {
    this.faults.push({ at, message });
    return DYN;
  }

  /** A fault unless it can be a boolean. */
  needBool(expr: Expr, type: Type): void {
    if (!isBool(type)) this.fault(expr.at, `expected type 'bool' but found '${formatType(type)}'`);
  }

  /** The fault of a call that nothing fits. */
  noOverload(expr: Expr, name: string, { given, isMethod }: { readonly given: readonly Type[]; readonly isMethod: boolean }): Type {
    const shown = given.map(formatType);
    const text = isMethod ? `${shown[0]}.(${shown.slice(1).join(", ")})` : `(${shown.join(", ")})`;
    return this.fault(expr.at, `found no matching overload for '${name}' applied to '${text}'`);
  }
}

/** Can be a boolean. */
export const isBool = (type: Type): boolean => fits(BOOL, type, new Map());

/** The type of a name that a macro gives. */
export const find = (scope: Scope, name: string): Type | undefined => {
  for (let at = scope; at !== undefined; at = at.outer) if (at.name === name) return at.type;
  return undefined;
};

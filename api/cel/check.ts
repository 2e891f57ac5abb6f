// Finds the type of an expression, and every mistake that shows before it runs, in cel-go's words.
// upstream: cel-go/checker/checker.go, checker/errors.go
import { dottedName, type Expr, type Fold } from "./ast.ts";
import { TYPE_NAMES, typeNameOf } from "./library/conversions.ts";
import type { Functions, Overload } from "./overload.ts";
import { BOOL, common, DYN, fits, formatType, INT, listOf, mapOf, NULL, optionalOf, substitute, typeOf, type Type } from "./types.ts";
import type { Value } from "./values.ts";

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

/** Names that macros give, innermost first. */
type Scope = { readonly name: string; readonly type: Type; readonly outer: Scope | undefined } | undefined;

/** upstream: cel-go reports no more */
const MAX_FAULTS = 100;

/** Checks an expression. */
export const check = (expr: Expr, declarations: Declarations): Checked => {
  const checker = new Checker(declarations);
  const type = checker.typeOf(expr, undefined);
  const { types, calls, typeNames, qualified, reads, faults } = checker;
  return { type, types, calls, typeNames, qualified, reads, faults: faults.slice(0, MAX_FAULTS) };
};

const find = (scope: Scope, name: string): Type | undefined => {
  for (let at = scope; at !== undefined; at = at.outer) if (at.name === name) return at.type;
  return undefined;
};

const constantType = (value: Value): Type => {
  if (value === null) return NULL;
  if (typeof value === "string") return { is: "simple", name: "string", max: value.length };
  return { is: "simple", name: typeNameOf(value) };
};

class Checker {
  readonly #declarations: Declarations;
  readonly types = new Map<Expr, Type>();
  readonly calls = new Map<Expr, ResolvedCall>();
  readonly typeNames = new Map<Expr, string>();
  readonly qualified = new Map<Expr, string>();
  readonly reads = new Set<string>();
  readonly faults: Fault[] = [];

  constructor(declarations: Declarations) {
    this.#declarations = declarations;
  }

  typeOf(expr: Expr, scope: Scope): Type {
    const type = this.#typeOf(expr, scope);
    this.types.set(expr, type);
    return type;
  }

  /** After a fault the type is dyn, which causes no others. */
  #fault(at: number, message: string): Type {
    this.faults.push({ at, message });
    return DYN;
  }

  // oxlint-disable-next-line complexity -- one case for each kind of node
  #typeOf(expr: Expr, scope: Scope): Type {
    switch (expr.is) {
      case "const":
        return constantType(expr.value);
      case "ident":
        return this.#identType(expr, expr.name, scope);
      case "select":
        return this.#selectType(expr, scope);
      case "has":
        this.#fieldType(this.typeOf(expr.of, scope), expr.field, expr.at);
        return BOOL;
      case "index":
        return this.#indexType(expr, scope);
      case "call":
        return this.#callType(expr, scope);
      case "list":
        return listOf(this.#itemType(expr, scope), expr.items.length);
      case "map":
        return this.#mapType(expr, scope);
      case "struct":
        return this.#structType(expr, scope);
      case "fold":
        return this.#foldType(expr, scope);
      case "bind":
        return this.typeOf(expr.body, { name: expr.name, type: this.typeOf(expr.value, scope), outer: scope });
      case "optMap":
        return this.#optMapType(expr, scope);
    }
  }

  #variable(name: string, scope: Scope): Type | undefined {
    return find(scope, name) ?? this.#declarations.variables.get(name);
  }

  #identType(expr: Expr, name: string, scope: Scope): Type {
    const local = find(scope, name);
    if (local !== undefined) return local;
    const variable = this.#declarations.variables.get(name);
    if (variable !== undefined) {
      this.reads.add(name);
      return variable;
    }
    const named = TYPE_NAMES.get(name);
    if (named === undefined) return this.#fault(expr.at, `undeclared reference to '${name}' (in container '')`);
    this.typeNames.set(expr, name);
    return typeOf(named);
  }

  #rootIsVariable(name: string, scope: Scope): boolean {
    return this.#variable(name.slice(0, Math.max(0, name.indexOf("."))) || name, scope) !== undefined;
  }

  /** The type of a chain that is the name of one thing; undefined: it selects fields. */
  #qualifiedType(expr: Expr, scope: Scope): Type | undefined {
    const name = dottedName(expr);
    if (name === undefined || find(scope, name.slice(0, name.indexOf("."))) !== undefined) return undefined;
    const variable = this.#declarations.variables.get(name);
    if (variable !== undefined) this.qualified.set(expr, name);
    else if (TYPE_NAMES.has(name) && !this.#rootIsVariable(name, scope)) return this.#identType(expr, name, scope);
    return variable;
  }

  #selectType(expr: Extract<Expr, { is: "select" }>, scope: Scope): Type {
    const named = this.#qualifiedType(expr, scope);
    if (named !== undefined) return named;
    const of = this.typeOf(expr.of, scope);
    const isOptional = expr.optional || of.is === "optional";
    const found = this.#fieldType(of.is === "optional" ? of.item : of, expr.field, expr.at);
    return isOptional ? optionalOf(found.is === "optional" ? found.item : found) : found;
  }

  #fieldType(of: Type, field: string, at: number): Type {
    switch (of.is) {
      case "dyn":
      case "param":
        return DYN;
      case "map":
        return of.value;
      case "object":
        return of.field(field) ?? this.#fault(at, `undefined field '${field}'`);
      case "optional":
        return this.#fieldType(of.item, field, at);
      case "list":
      case "simple":
      case "type":
        return this.#fault(at, `type '${formatType(of)}' does not support field selection`);
    }
  }

  #indexType(expr: Extract<Expr, { is: "index" }>, scope: Scope): Type {
    const of = this.typeOf(expr.of, scope);
    const inner = of.is === "optional" ? of.item : of;
    const key = this.typeOf(expr.key, scope);
    const found = this.#itemAt(expr, inner, key);
    return expr.optional || of.is === "optional" ? optionalOf(found) : found;
  }

  #itemAt(expr: Expr, of: Type, key: Type): Type {
    if (of.is === "dyn" || of.is === "param") return DYN;
    if (of.is === "list" && (fits(INT, key, new Map()) || this.#isNumber(key))) return of.item;
    if (of.is === "map" && fits(of.key, key, new Map())) return of.value;
    return this.#noOverload(expr, "_[_]", { given: [of, key], isMethod: false });
  }

  #isNumber(type: Type): boolean {
    return type.is === "simple" && (type.name === "uint" || type.name === "double");
  }

  #noOverload(expr: Expr, name: string, { given, isMethod }: { given: readonly Type[]; isMethod: boolean }): Type {
    const shown = given.map(formatType);
    const text = isMethod ? `${shown[0]}.(${shown.slice(1).join(", ")})` : `(${shown.join(", ")})`;
    return this.#fault(expr.at, `found no matching overload for '${name}' applied to '${text}'`);
  }

  #callType(expr: Extract<Expr, { is: "call" }>, scope: Scope): Type {
    if (expr.name === "_?_:_") return this.#conditionalType(expr, scope);
    if (expr.name === "_&&_" || expr.name === "_||_") return this.#logicalType(expr, scope);
    const { functions } = this.#declarations;
    const qualified = this.#qualifiedName(expr, scope);
    const named = qualified === undefined ? undefined : functions.find(qualified, false);
    if (named !== undefined) return this.#resolve(expr, named, { args: expr.args, scope });
    const args = expr.target === undefined ? expr.args : [expr.target, ...expr.args];
    const overloads = functions.find(expr.name, expr.target !== undefined);
    if (overloads !== undefined) return this.#resolve(expr, overloads, { args, scope });
    for (const arg of args) this.typeOf(arg, scope);
    return this.#fault(expr.at, `undeclared reference to '${expr.name}' (in container '')`);
  }

  /** `sets.contains`, unless `sets` is a variable. */
  #qualifiedName({ name, target }: Extract<Expr, { is: "call" }>, scope: Scope): string | undefined {
    const container = target === undefined ? undefined : dottedName(target);
    return container === undefined || this.#rootIsVariable(container, scope) ? undefined : `${container}.${name}`;
  }

  #resolve(
    expr: Extract<Expr, { is: "call" }>,
    overloads: readonly Overload[],
    { args, scope }: { args: readonly Expr[]; scope: Scope },
  ): Type {
    const given = args.map((arg) => (expr.name === "format" && arg.is === "list" ? this.#mixedList(arg, scope) : this.typeOf(arg, scope)));
    const fitting: Overload[] = [];
    let result: Type | undefined;
    for (const overload of overloads) {
      const bindings = new Map<string, Type>();
      if (overload.params.length !== given.length || !overload.params.every((param, at) => fits(param, given[at] ?? DYN, bindings)))
        continue;
      fitting.push(overload);
      const own = substitute(overload.result, bindings);
      result = result === undefined || formatType(result) === formatType(own) ? own : DYN;
    }
    if (result === undefined) return this.#noOverload(expr, expr.name, { given, isMethod: overloads[0]?.isMethod === true });
    this.calls.set(expr, { overloads: fitting, args });
    return result;
  }

  /** What a text is formatted with may be of many types. */
  #mixedList({ items }: Extract<Expr, { is: "list" }>, scope: Scope): Type {
    for (const { value } of items) this.typeOf(value, scope);
    return listOf(DYN, items.length);
  }

  #logicalType(expr: Extract<Expr, { is: "call" }>, scope: Scope): Type {
    const given = expr.args.map((arg) => this.typeOf(arg, scope));
    if (given.every((type) => fits(BOOL, type, new Map()))) return BOOL;
    return this.#noOverload(expr, expr.name, { given, isMethod: false });
  }

  #conditionalType(expr: Extract<Expr, { is: "call" }>, scope: Scope): Type {
    const given = expr.args.map((arg) => this.typeOf(arg, scope));
    const [condition = DYN, left = DYN, right = DYN] = given;
    const type = common(left, right);
    if (type !== undefined && fits(BOOL, condition, new Map())) return type;
    return this.#noOverload(expr, "_?_:_", { given, isMethod: false });
  }

  /** The one type of the items of a literal. Throws nothing: what differs is a fault. */
  #same(known: Type | undefined, next: Type, at: number): Type {
    if (known === undefined) return next;
    const both = common(known, next);
    return both ?? this.#fault(at, `expected type '${formatType(known)}' but found '${formatType(next)}'`);
  }

  #unwrapped(type: Type, optional: boolean, at: number): Type {
    if (!optional) return type;
    if (type.is === "optional") return type.item;
    return type.is === "dyn" ? DYN : this.#fault(at, `expected type 'optional_type(${formatType(type)})' but found '${formatType(type)}'`);
  }

  #itemType(expr: Extract<Expr, { is: "list" }>, scope: Scope): Type {
    let type: Type | undefined;
    for (const { value, optional } of expr.items) {
      type = this.#same(type, this.#unwrapped(this.typeOf(value, scope), optional, value.at), value.at);
    }
    return type ?? DYN;
  }

  #mapType(expr: Extract<Expr, { is: "map" }>, scope: Scope): Type {
    let [key, item]: (Type | undefined)[] = [];
    for (const entry of expr.entries) {
      key = this.#same(key, this.typeOf(entry.key, scope), entry.key.at);
      item = this.#same(item, this.#unwrapped(this.typeOf(entry.value, scope), entry.optional, entry.value.at), entry.value.at);
    }
    return mapOf(key ?? DYN, item ?? DYN, expr.entries.length);
  }

  #structType(expr: Extract<Expr, { is: "struct" }>, scope: Scope): Type {
    const type = this.#declarations.structs?.(expr.name);
    for (const { name, value, optional, at } of expr.fields) {
      const given = this.#unwrapped(this.typeOf(value, scope), optional, at);
      if (type === undefined) continue;
      const wanted = this.#fieldType(type, name, at);
      if (!fits(wanted, given, new Map())) {
        this.#fault(at, `expected type of field '${name}' is '${formatType(wanted)}' but provided type is '${formatType(given)}'`);
      }
    }
    return type ?? this.#fault(expr.at, `undeclared reference to '${expr.name}' (in container '')`);
  }

  #foldType(expr: Fold, scope: Scope): Type {
    const range = this.typeOf(expr.range, scope);
    const [first, second] = this.#rangeTypes(expr, range);
    const [one = "", two] = expr.names;
    let inner: Scope = { name: one, type: two !== undefined || range.is === "map" ? first : second, outer: scope };
    if (two !== undefined) inner = { name: two, type: second, outer: inner };
    if (expr.where !== undefined) this.#needBool(expr.where, this.typeOf(expr.where, inner));
    const body = this.typeOf(expr.body, inner);
    return this.#foldResult(expr, { range, body, key: first });
  }

  #foldResult({ kind, body: expr }: Fold, { range, body, key }: { range: Type; body: Type; key: Type }): Type {
    const max = range.is === "list" || range.is === "map" ? range.max : undefined;
    if (kind === "map") return listOf(body, max);
    if (kind === "transformMap") return mapOf(key, body, max);
    if (kind === "transformMapEntry") return body.is === "map" ? body : DYN;
    this.#needBool(expr, body);
    if (kind !== "filter") return BOOL;
    return range.is === "map" ? listOf(range.key, max) : range;
  }

  #needBool(expr: Expr, type: Type): void {
    if (!fits(BOOL, type, new Map())) this.#fault(expr.at, `expected type 'bool' but found '${formatType(type)}'`);
  }

  /** Index or key, and item or value. */
  #rangeTypes({ range: expr }: Fold, range: Type): readonly [Type, Type] {
    if (range.is === "list") return [INT, range.item];
    if (range.is === "map") return [range.key, range.value];
    if (range.is === "dyn" || range.is === "param") return [DYN, DYN];
    const message = `expression of type '${formatType(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`;
    this.#fault(expr.at, message);
    return [DYN, DYN];
  }

  #optMapType(expr: Extract<Expr, { is: "optMap" }>, scope: Scope): Type {
    const of = this.typeOf(expr.of, scope);
    const type = of.is === "optional" ? of.item : DYN;
    const body = this.typeOf(expr.body, { name: expr.name, type, outer: scope });
    return expr.flat ? body : optionalOf(body);
  }
}

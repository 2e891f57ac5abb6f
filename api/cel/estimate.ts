// What an expression may cost at most, from what its types say of sizes. upstream: cel-go/checker/cost.go,
// k8s.io/apiserver/pkg/cel/library/cost.go
import type { Expr } from "./ast.ts";
import type { Checked } from "./checker/check.ts";
import { CHARACTER_COST } from "./meter.ts";

/** The most that one request may hold, bytes: no value has more parts. upstream: MaxRequestSizeBytes */
export const MAX_REQUEST_BYTES = 3 * 1024 * 1024;

/** The cost of the expression with the greatest values that its types allow. */
export const estimatedCost = (expr: Expr, checked: Checked): number => new Estimate(checked).cost(expr);

/** Functions of lists, some of which texts have too. */
const LIST_READERS = new Set(["isSorted", "sum", "min", "max", "indexOf", "lastIndexOf", "distinct", "flatten", "reverse", "sort"]);

type Cost = (first: number, second: number) => number;

const nothing: Cost = () => 0;
const each: Cost = (first) => first;
const pairs: Cost = (first, second) => first * second;
const lesser: Cost = (first, second) => Math.ceil(Math.min(first, second) * CHARACTER_COST);
const search: Cost = (text, regex) => Math.ceil(text * CHARACTER_COST * Math.max(1, regex / 4));

/** What a function costs by the sizes of its arguments; others read them all once. */
const COSTS: { readonly [name: string]: Cost } = {
  ...Object.fromEntries([...LIST_READERS].map((name) => [name, each])),
  distinct: (first) => first * first,
  sort: (first) => first * first,
  check: () => 350_000,
  size: nothing,
  dyn: nothing,
  type: nothing,
  hasValue: nothing,
  value: nothing,
  or: nothing,
  orValue: nothing,
  "@in": (_, second) => second,
  "sets.contains": pairs,
  "sets.equivalent": pairs,
  "sets.intersects": pairs,
  matches: search,
  find: search,
  findAll: search,
  "_==_": lesser,
  "_!=_": lesser,
};

class Estimate {
  readonly #checked: Checked;
  constructor(checked: Checked) {
    this.#checked = checked;
  }

  // oxlint-disable-next-line complexity -- one case for each kind of node
  cost(expr: Expr): number {
    switch (expr.is) {
      case "const":
        return 0;
      case "ident":
        return 1;
      case "select":
      case "has":
        return 1 + this.cost(expr.of);
      case "index":
        return 1 + this.cost(expr.of) + this.cost(expr.key);
      case "call":
        return this.#callCost(expr);
      case "list":
        return 10 + this.#sum(expr.items.map(({ value }) => value));
      case "map":
        return 30 + this.#sum(expr.entries.flatMap(({ key, value }) => [key, value]));
      case "struct":
        return 40 + this.#sum(expr.fields.map(({ value }) => value));
      case "fold":
        return (
          this.cost(expr.range) +
          this.#size(expr.range) * (2 + this.cost(expr.body) + (expr.where === undefined ? 0 : this.cost(expr.where)))
        );
      case "bind":
        return this.cost(expr.value) + this.cost(expr.body);
      case "optMap":
        return this.cost(expr.of) + this.cost(expr.body);
    }
  }

  #sum(exprs: readonly Expr[]): number {
    return exprs.reduce((sum, expr) => sum + this.cost(expr), 0);
  }

  #callCost(expr: Extract<Expr, { is: "call" }>): number {
    const args = expr.target === undefined ? expr.args : [expr.target, ...expr.args];
    const known = args.filter((arg) => this.#checked.types.has(arg));
    if (expr.name === "_?_:_") {
      const [condition = 0, left = 0, right = 0] = args.map((arg) => this.cost(arg));
      return condition + Math.max(left, right);
    }
    return 1 + this.#sum(known) + this.#ownCost(expr.name, known);
  }

  #ownCost(name: string, args: readonly Expr[]): number {
    const sizes = args.map((arg) => this.#size(arg));
    if (name === "@in" && !this.#isList(args[1])) return 0;
    const of = Object.hasOwn(COSTS, name) ? COSTS[name] : undefined;
    if (of !== undefined && (!LIST_READERS.has(name) || this.#isList(args[0]))) return of(sizes[0] ?? 1, sizes[1] ?? 1);
    const isSized = args.some((arg) => this.#hasSize(arg));
    return isSized ? Math.ceil(sizes.reduce((sum, size) => sum + size, 0) * CHARACTER_COST) : 0;
  }

  #isList(expr: Expr | undefined): boolean {
    return expr !== undefined && this.#checked.types.get(expr)?.is === "list";
  }

  #hasSize(expr: Expr): boolean {
    const type = this.#checked.types.get(expr);
    return type !== undefined && (type.is === "list" || type.is === "map" || (type.is === "simple" && SIZED.has(type.name)));
  }

  /** The most characters or items of a value. */
  #size(expr: Expr): number {
    const type = this.#checked.types.get(expr);
    if (type === undefined || type.is === "dyn") return MAX_REQUEST_BYTES;
    if (type.is === "list" || type.is === "map" || (type.is === "simple" && SIZED.has(type.name))) return type.max ?? this.#madeSize(expr);
    return 1;
  }

  /** The size of what a function makes of its arguments. */
  #madeSize(expr: Expr): number {
    if (expr.is !== "call") return MAX_REQUEST_BYTES;
    const args = expr.target === undefined ? expr.args : [expr.target, ...expr.args];
    if (expr.name === "_?_:_") return Math.max(...args.slice(1).map((arg) => this.#size(arg)));
    const sum = args.reduce((total, arg) => total + (this.#checked.types.has(arg) ? this.#size(arg) : 0), 0);
    return Math.min(sum, MAX_REQUEST_BYTES);
  }
}

const SIZED = new Set(["string", "bytes"]);

// Calls that are not calls: what they are given is read, not computed first. upstream: cel-go/parser/macro.go, ext/comprehensions.go
import type { Expr, Fold, FoldKind } from "./ast.ts";
import { SyntaxFault } from "./lexer.ts";

type Call = Extract<Expr, { is: "call" }>;

const nameOf = (expr: Expr | undefined): string => {
  if (expr?.is === "ident") return expr.name;
  throw new SyntaxFault(expr?.at ?? 0, "argument must be a simple name");
};

/** `has(a.b)`; any other call as it is. Throws: SyntaxFault. */
export const expandCall = (call: Call): Expr => {
  const [arg] = call.args;
  if (call.name !== "has" || call.args.length !== 1 || arg === undefined) return call;
  if (arg.is !== "select" || arg.optional) throw new SyntaxFault(arg.at, "invalid argument to has() macro");
  return { at: call.at, is: "has", of: arg.of, field: arg.field };
};

const ONE: { readonly [name: string]: FoldKind } = {
  all: "all",
  exists: "exists",
  exists_one: "exists_one",
  existsOne: "exists_one",
  map: "map",
  filter: "filter",
};
const TWO: { readonly [name: string]: FoldKind } = {
  all: "all",
  exists: "exists",
  existsOne: "exists_one",
  transformList: "map",
  transformMap: "transformMap",
  transformMapEntry: "transformMapEntry",
};

/** `list.all(x, …)` and its like, `cel.bind`, `optMap`; any other call as it is. Throws: SyntaxFault. */
export const expandMethod = (call: Call): Expr => {
  const expanded = EXPANDERS[call.args.length]?.(call);
  return expanded ?? call;
};

/** By the number of arguments. */
const EXPANDERS: { readonly [count: number]: (call: Call) => Expr | undefined } = {
  2: (call) => foldOf(call, ONE, 1) ?? optionalOf(call),
  3: (call) => bindOf(call) ?? (call.name === "map" ? foldOf(call, ONE, 1) : foldOf(call, TWO, 2)),
  4: (call) => (call.name.startsWith("transform") ? foldOf(call, TWO, 2) : undefined),
};

const foldOf = ({ at, name, target, args }: Call, kinds: { readonly [name: string]: FoldKind }, count: number): Fold | undefined => {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  const [range, body] = [target, args.at(-1)];
  if (kind === undefined || range === undefined || body === undefined) return undefined;
  const names = args.slice(0, count).map(nameOf);
  if (names.length === 2 && names[0] === names[1]) throw new SyntaxFault(args[1]?.at ?? at, `duplicate variable name: ${names[0]}`);
  return { at, is: "fold", kind, range, names, where: args.length > count + 1 ? args[count] : undefined, body };
};

const bindOf = ({ at, name, target, args: [variable, value, body] }: Call): Expr | undefined => {
  const isBind = name === "bind" && target?.is === "ident" && target.name === "cel";
  if (!isBind || value === undefined || body === undefined) return undefined;
  return { at, is: "bind", name: nameOf(variable), value, body };
};

const optionalOf = ({ at, name, target, args: [variable, body] }: Call): Expr | undefined => {
  if ((name !== "optMap" && name !== "optFlatMap") || target === undefined || body === undefined) return undefined;
  return { at, is: "optMap", of: target, name: nameOf(variable), body, flat: name === "optFlatMap" };
};

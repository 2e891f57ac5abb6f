// Functions on lists, sets and optionals. upstream: k8s.io/apiserver/pkg/cel/library/lists.go, cel-go/ext/sets.go, cel/library.go
import { compare, equal, includes } from "../equal.ts";
import type { Meter } from "../meter.ts";
import { fn, method, type Overload } from "../overload.ts";
import { BOOL, BYTES, DOUBLE, DURATION, DYN, INT, listOf, optionalOf, param, STRING, TIMESTAMP, UINT, type Type } from "../types.ts";
import { CelList, Duration, EvalError, isMap, noSuchOverload, Optional, Struct, Timestamp, Uint, type Value } from "../values.ts";
import { checkedInt, checkedUint } from "./numbers.ts";

const A = param("A");
const ORDERED: readonly Type[] = [INT, UINT, DOUBLE, BOOL, STRING, BYTES, TIMESTAMP, DURATION];

const isSorted = (list: CelList, meter: Meter): boolean => {
  meter.read(list.size, 1);
  for (let at = 1; at < list.size; at++) if (compare(list.at(at - 1), list.at(at)) > 0) return false;
  return true;
};

const best = (list: CelList, name: string, sign: number): Value => {
  if (list.size === 0) throw new EvalError(`${name} called on empty list`);
  let found = list.at(0);
  for (const item of list) if (compare(item, found) * sign > 0) found = item;
  return found;
};

const place = (found: number): bigint => BigInt(found);

const sumOf = (list: CelList, type: Type): Value => {
  const items = [...list];
  if (type === DOUBLE) return items.reduce<number>((sum, item) => sum + (typeof item === "number" ? item : noSuchOverload()), 0);
  if (type === INT) return checkedInt(items.reduce<bigint>((sum, item) => sum + (typeof item === "bigint" ? item : noSuchOverload()), 0n));
  if (type === UINT)
    return checkedUint(items.reduce<bigint>((sum, item) => sum + (item instanceof Uint ? item.value : noSuchOverload()), 0n));
  return new Duration(
    checkedInt(items.reduce<bigint>((sum, item) => sum + (item instanceof Duration ? item.nanos : noSuchOverload()), 0n)),
  );
};

const summed = (list: CelList, type: Type, meter: Meter): Value => {
  meter.read(list.size, 1);
  const first = list.size === 0 ? undefined : list.at(0);
  // What is not known before it runs is added up as what it is.
  return sumOf(list, (type === INT && SUMMED.find((one) => one.has(first))?.type) || type);
};

const SUMMED = [
  { type: DOUBLE, has: (value: Value | undefined) => typeof value === "number" },
  { type: UINT, has: (value: Value | undefined) => value instanceof Uint },
  { type: DURATION, has: (value: Value | undefined) => value instanceof Duration },
];

const ordered = function* (): Generator<Overload> {
  for (const item of ORDERED) {
    const list = listOf(item);
    yield method("isSorted", [list], BOOL, ([a], meter) => isSorted(a as CelList, meter));
    for (const [name, sign] of [
      ["min", -1],
      ["max", 1],
    ] as const) {
      yield method(name, [list], item, ([a], meter) => {
        meter.read((a as CelList).size, 1);
        return best(a as CelList, name, sign);
      });
    }
  }
  for (const type of [INT, UINT, DOUBLE, DURATION]) {
    yield method("sum", [listOf(type)], type, ([a], meter) => summed(a as CelList, type, meter));
  }
};

const slice = (list: CelList, start: bigint, end: bigint): CelList => {
  const [from, to] = [Number(start), Number(end)];
  if (from < 0 || to > list.size || from > to) throw new EvalError(`cannot slice(${from}, ${to}), list is length ${list.size}`);
  return new CelList([...list].slice(from, to));
};

const flattened = (list: CelList, depth: number): readonly Value[] =>
  [...list].flatMap((item) => (item instanceof CelList && depth > 0 ? flattened(item, depth - 1) : [item]));

const distinct = (list: CelList, meter: Meter): CelList => {
  const found: Value[] = [];
  for (const item of list) {
    meter.spend(found.length + 1);
    if (!found.some((one) => equal(one, item, meter))) found.push(item);
  }
  return new CelList(found);
};

const MAX_RANGE = 1_000_000;

const range = (count: bigint, meter: Meter): CelList => {
  if (count > MAX_RANGE) throw new EvalError(`lists.range size exceeds limit ${MAX_RANGE}`);
  meter.read(Number(count), 1);
  return new CelList(Array.from({ length: Math.max(0, Number(count)) }, (_, at) => BigInt(at)));
};

const lists: readonly Overload[] = [
  ...ordered(),
  method("indexOf", [listOf(A), A], INT, ([list, item], meter) => {
    meter.read((list as CelList).size, 1);
    return place([...(list as CelList)].findIndex((one) => equal(one, item as Value, meter)));
  }),
  method("lastIndexOf", [listOf(A), A], INT, ([list, item], meter) => {
    meter.read((list as CelList).size, 1);
    return place([...(list as CelList)].findLastIndex((one) => equal(one, item as Value, meter)));
  }),
  method("slice", [listOf(A), INT, INT], listOf(A), ([list, from, to]) => slice(list as CelList, from as bigint, to as bigint)),
  method("flatten", [listOf(listOf(A))], listOf(A), ([list]) => new CelList(flattened(list as CelList, 1))),
  method("flatten", [listOf(DYN), INT], listOf(DYN), ([list, depth]) => new CelList(flattened(list as CelList, Number(depth)))),
  method("distinct", [listOf(A)], listOf(A), ([list], meter) => distinct(list as CelList, meter)),
  method("reverse", [listOf(A)], listOf(A), ([list]) => new CelList([...(list as CelList)].toReversed())),
  method("sort", [listOf(A)], listOf(A), ([list], meter) => {
    meter.read((list as CelList).size ** 2, 1);
    return new CelList([...(list as CelList)].toSorted(compare));
  }),
  fn("lists.range", [INT], listOf(INT), ([count], meter) => range(count as bigint, meter)),
];

const containsAll = (a: CelList, b: CelList, meter: Meter): boolean => [...b].every((item) => includes(a, item, meter));

const sets: readonly Overload[] = [
  fn("sets.contains", [listOf(A), listOf(A)], BOOL, ([a, b], meter) => containsAll(a as CelList, b as CelList, meter)),
  fn(
    "sets.equivalent",
    [listOf(A), listOf(A)],
    BOOL,
    ([a, b], meter) => containsAll(a as CelList, b as CelList, meter) && containsAll(b as CelList, a as CelList, meter),
  ),
  fn("sets.intersects", [listOf(A), listOf(A)], BOOL, ([a, b], meter) =>
    [...(b as CelList)].some((item) => includes(a as CelList, item, meter)),
  ),
];

const present = ({ value }: Optional): Value => {
  if (value === undefined) throw new EvalError("optional.none() dereference");
  return value;
};

const ZEROS: readonly Value[] = [null, false, 0n, 0, ""];

const isZero = (value: Value): boolean => {
  if (value instanceof Timestamp || value instanceof Duration) return value.nanos === 0n;
  if (value instanceof CelList || (isMap(value) && !(value instanceof Struct))) return value.size === 0;
  return ZEROS.includes(value instanceof Uint ? value.value : value);
};

const NONE = new Optional(undefined);

const optionals: readonly Overload[] = [
  fn("optional.none", [], optionalOf(A), () => NONE),
  fn("optional.of", [A], optionalOf(A), ([value]) => new Optional(value)),
  fn("optional.ofNonZeroValue", [A], optionalOf(A), ([value]) => (isZero(value as Value) ? NONE : new Optional(value))),
  method("hasValue", [optionalOf(A)], BOOL, ([of]) => (of as Optional).value !== undefined),
  method("value", [optionalOf(A)], A, ([of]) => present(of as Optional)),
  fn("optional.unwrap", [listOf(optionalOf(A))], listOf(A), ([list]) => unwrapped(list as CelList)),
  method("unwrapOpt", [listOf(optionalOf(A))], listOf(A), ([list]) => unwrapped(list as CelList)),
  method("first", [listOf(A)], optionalOf(A), ([list]) => new Optional((list as CelList).size === 0 ? undefined : (list as CelList).at(0))),
  method(
    "last",
    [listOf(A)],
    optionalOf(A),
    ([list]) => new Optional((list as CelList).size === 0 ? undefined : (list as CelList).at((list as CelList).size - 1)),
  ),
  // Their second operand is computed only where it is needed: the evaluator knows both by name.
  method("or", [optionalOf(A), optionalOf(A)], optionalOf(A), ([a, b]) =>
    (a as Optional).value === undefined ? (b as Value) : (a as Value),
  ),
  method("orValue", [optionalOf(A), A], A, ([a, b]) => (a as Optional).value ?? (b as Value)),
];

const unwrapped = (list: CelList): CelList =>
  new CelList([...list].flatMap((item) => (item instanceof Optional && item.value !== undefined ? [item.value] : [])));

/** Functions on lists, sets and optionals. */
export const collections: readonly Overload[] = [...lists, ...sets, ...optionals];

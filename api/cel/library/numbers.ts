// Arithmetic, order and membership. upstream: cel-go/common/stdlib/standard.go, common/types/overflow.go
import { compare, equal, includes } from "../equal.ts";
import { CHARACTER_COST, type Meter } from "../meter.ts";
import { fn, type Overload } from "../overload.ts";
import { BOOL, BYTES, DOUBLE, DURATION, INT, listOf, mapOf, param, STRING, TIMESTAMP, UINT, type Type } from "../types.ts";
import { CelList, Duration, EvalError, isMap, noSuchOverload, Timestamp, Uint, type CelMap, type Value } from "../values.ts";

const MIN_INT = -(2n ** 63n);
const MAX_INT = 2n ** 63n - 1n;
const MAX_UINT = 2n ** 64n - 1n;

/** Throws: EvalError when it is no int. */
export const checkedInt = (value: bigint): bigint => {
  if (value < MIN_INT || value > MAX_INT) throw new EvalError("integer overflow");
  return value;
};

/** Throws: EvalError when it is no uint. */
export const checkedUint = (value: bigint): Uint => {
  if (value < 0n || value > MAX_UINT) throw new EvalError("unsigned integer overflow");
  return new Uint(value);
};

const duration = (nanos: bigint): Duration => new Duration(checkedInt(nanos));

const MIN_INSTANT = -62_135_596_800_000_000_000n;
const MAX_INSTANT = 253_402_300_799_999_999_999n;

/** Throws: EvalError for an instant outside the years 1 to 9999. */
export const timestamp = (nanos: bigint): Timestamp => {
  if (nanos < MIN_INSTANT || nanos > MAX_INSTANT) throw new EvalError("timestamp overflow");
  return new Timestamp(nanos);
};

type Arithmetic = { readonly int: (a: bigint, b: bigint) => bigint; readonly double: (a: number, b: number) => number };

const nonZero = (value: bigint, message: string): bigint => {
  if (value === 0n) throw new EvalError(message);
  return value;
};

const OPERATIONS: { readonly [name: string]: Arithmetic } = {
  "_+_": { int: (a, b) => a + b, double: (a, b) => a + b },
  "_-_": { int: (a, b) => a - b, double: (a, b) => a - b },
  "_*_": { int: (a, b) => a * b, double: (a, b) => a * b },
  "_/_": { int: (a, b) => a / nonZero(b, "division by zero"), double: (a, b) => a / b },
};

const arithmetic = function* (): Generator<Overload> {
  for (const [name, { int, double }] of Object.entries(OPERATIONS)) {
    yield fn(name, [INT, INT], INT, ([a, b]) => checkedInt(int(a as bigint, b as bigint)));
    yield fn(name, [UINT, UINT], UINT, ([a, b]) => checkedUint(int((a as Uint).value, (b as Uint).value)));
    yield fn(name, [DOUBLE, DOUBLE], DOUBLE, ([a, b]) => double(a as number, b as number));
  }
  const rest = (a: bigint, b: bigint): bigint => a % nonZero(b, "modulus by zero");
  yield fn("_%_", [INT, INT], INT, ([a, b]) => rest(a as bigint, b as bigint));
  yield fn("_%_", [UINT, UINT], UINT, ([a, b]) => new Uint(rest((a as Uint).value, (b as Uint).value)));
  yield fn("-_", [INT], INT, ([a]) => checkedInt(-(a as bigint)));
  yield fn("-_", [DOUBLE], DOUBLE, ([a]) => -(a as number));
  yield fn("!_", [BOOL], BOOL, ([a]) => a === false);
};

const nanosOf = (value: Value | undefined): bigint => (value as Timestamp | Duration).nanos;

const times: readonly Overload[] = [
  fn("_+_", [TIMESTAMP, DURATION], TIMESTAMP, ([a, b]) => timestamp(nanosOf(a) + nanosOf(b))),
  fn("_+_", [DURATION, TIMESTAMP], TIMESTAMP, ([a, b]) => timestamp(nanosOf(a) + nanosOf(b))),
  fn("_+_", [DURATION, DURATION], DURATION, ([a, b]) => duration(nanosOf(a) + nanosOf(b))),
  fn("_-_", [TIMESTAMP, TIMESTAMP], DURATION, ([a, b]) => duration(nanosOf(a) - nanosOf(b))),
  fn("_-_", [TIMESTAMP, DURATION], TIMESTAMP, ([a, b]) => timestamp(nanosOf(a) - nanosOf(b))),
  fn("_-_", [DURATION, DURATION], DURATION, ([a, b]) => duration(nanosOf(a) - nanosOf(b))),
];

const [A, B] = [param("A"), param("B")];

/** The most that one text may become. */
const MAX_TEXT = 8_000_000;

const concat = (a: string, b: string, meter: Meter): string => {
  meter.read(a.length + b.length);
  if (a.length + b.length > MAX_TEXT) throw new EvalError("string too long");
  return a + b;
};

const append = (a: CelList, b: CelList, meter: Meter): CelList => {
  meter.read(a.size + b.size, CHARACTER_COST);
  const { associative } = a;
  if (associative === undefined) return new CelList([...a, ...b]);
  return associative.is === "set" ? unite(a, b, meter) : mergeByKeys(a, b, { keys: associative.keys, meter });
};

/** The union of two sets: what only b has comes last. */
const unite = (a: CelList, b: CelList, meter: Meter): CelList =>
  new CelList([...a, ...[...b].filter((item) => !includes(a, item, meter))], undefined, a.associative);

type Keyed = { readonly keys: readonly string[]; readonly meter: Meter };

/** Items of b take the place of those of a with the same keys. */
const mergeByKeys = (a: CelList, b: CelList, { keys, meter }: Keyed): CelList => {
  const result = [...a];
  for (const item of b) {
    const at = result.findIndex((own) => sameKeys(own, item, { keys, meter }));
    if (at < 0) result.push(item);
    else result[at] = item;
  }
  return new CelList(result, undefined, a.associative);
};

const sameKeys = (a: Value, b: Value, { keys, meter }: Keyed): boolean =>
  isMap(a) && isMap(b) && keys.every((key) => equal(a.get(key) ?? null, b.get(key) ?? null, meter));

const joins: readonly Overload[] = [
  fn("_+_", [STRING, STRING], STRING, ([a, b], meter) => concat(a as string, b as string, meter)),
  fn("_+_", [BYTES, BYTES], BYTES, ([a, b], meter) => {
    meter.read((a as Uint8Array).length + (b as Uint8Array).length);
    return Uint8Array.from([...(a as Uint8Array), ...(b as Uint8Array)]);
  }),
  fn("_+_", [listOf(A), listOf(A)], listOf(A), ([a, b], meter) => append(a as CelList, b as CelList, meter)),
];

const ORDER: { readonly [name: string]: (order: number) => boolean } = {
  "_<_": (order) => order < 0,
  "_<=_": (order) => order <= 0,
  "_>_": (order) => order > 0,
  "_>=_": (order) => order >= 0,
};

const NUMBERS: readonly Type[] = [INT, UINT, DOUBLE];

const orders = function* (): Generator<Overload> {
  for (const [name, holds] of Object.entries(ORDER)) {
    const ordered = (left: Type, right: Type): Overload =>
      fn(name, [left, right], BOOL, ([a, b], meter) => {
        if (typeof a === "string") meter.read(Math.min(a.length, (b as string).length));
        return holds(compare(a as Value, b as Value));
      });
    for (const type of [BOOL, STRING, BYTES, TIMESTAMP, DURATION]) yield ordered(type, type);
    for (const left of NUMBERS) for (const right of NUMBERS) yield ordered(left, right);
  }
};

const relations: readonly Overload[] = [
  fn("_==_", [A, A], BOOL, ([a, b], meter) => {
    if (typeof a === "string" && typeof b === "string") meter.read(Math.min(a.length, b.length));
    return equal(a as Value, b as Value, meter);
  }),
  fn("_!=_", [A, A], BOOL, ([a, b], meter) => {
    if (typeof a === "string" && typeof b === "string") meter.read(Math.min(a.length, b.length));
    return !equal(a as Value, b as Value, meter);
  }),
  fn("@in", [A, listOf(A)], BOOL, ([a, list], meter) => includes(list as CelList, a as Value, meter)),
  fn("@in", [A, mapOf(A, B)], BOOL, ([key, map]) =>
    isMap(map as Value) ? (map as CelMap).get(key as Value) !== undefined : noSuchOverload(),
  ),
];

/** Every operator but those that do not compute all their operands. */
export const operators: readonly Overload[] = [...arithmetic(), ...times, ...joins, ...orders(), ...relations];

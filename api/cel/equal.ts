// Equality and order of values. upstream: cel-go/common/types Equal and Compare, k8s.io/apiserver/pkg/cel/common/values.go
import type { Meter } from "./meter.ts";
import {
  CelList,
  Duration,
  isMap,
  noSuchOverload,
  Opaque,
  Optional,
  Struct,
  Timestamp,
  TypeName,
  Uint,
  type CelMap,
  type Value,
} from "./values.ts";

/** Whether two values are the same. Numbers compare across their types; what is of different types differs. */
export const equal = (a: Value, b: Value, meter: Meter): boolean => {
  if (a === b) return true;
  if (typeof a === "string" || typeof b === "string" || a === null || b === null) return false;
  if (typeof a !== "object" || typeof b !== "object" || a instanceof Uint || b instanceof Uint) return equalNumbers(a, b);
  return equalObjects(a, b, meter);
};

const equalNumbers = (a: Value, b: Value): boolean => {
  const [left, right] = [numberOf(a), numberOf(b)];
  // oxlint-disable-next-line eqeqeq -- a bigint and a number are the same when they count the same
  return left !== undefined && right !== undefined && left == right;
};

/** The number that a value is; undefined: it is none. */
const numberOf = (value: Value): number | bigint | undefined => {
  if (value instanceof Uint) return value.value;
  return typeof value === "number" || typeof value === "bigint" ? value : undefined;
};

const equalObjects = (a: Value & object, b: Value & object, meter: Meter): boolean => {
  if (a instanceof CelList) return b instanceof CelList && equalLists(a, b, meter);
  if (isMap(a)) return isMap(b) && equalMaps(a, b, meter);
  if (a instanceof Optional) return b instanceof Optional && equalOptionals(a, b, meter);
  if (a instanceof Opaque) return b instanceof Opaque && a.type === b.type && a.equals(b);
  return equalScalars(a, b);
};

const equalScalars = (a: Value & object, b: Value & object): boolean => {
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof TypeName) return b instanceof TypeName && a.name === b.name;
  if (!(a instanceof Uint8Array && b instanceof Uint8Array)) return false;
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
};

const equalOptionals = ({ value: a }: Optional, { value: b }: Optional, meter: Meter): boolean =>
  a === undefined || b === undefined ? a === b : equal(a, b, meter);

const equalLists = (a: CelList, b: CelList, meter: Meter): boolean => {
  if (a.size !== b.size) return false;
  meter.read(a.size, 1);
  if (a.associative !== undefined) return equalSets(a, b, meter);
  for (let index = 0; index < a.size; index++) if (!equal(a.at(index), b.at(index), meter)) return false;
  return true;
};

/** The order of the items is of no account. */
const equalSets = (a: CelList, b: CelList, meter: Meter): boolean => {
  for (const item of a) if (!includes(b, item, meter)) return false;
  return true;
};

/** Whether a list has an item. */
export const includes = (list: CelList, wanted: Value, meter: Meter): boolean => {
  for (const item of list) {
    meter.spend(1);
    if (equal(item, wanted, meter)) return true;
  }
  return false;
};

const equalMaps = (a: CelMap, b: CelMap, meter: Meter): boolean => {
  if (a.size !== b.size || (a instanceof Struct && b instanceof Struct && a.name !== b.name)) return false;
  for (const key of a.keys()) {
    meter.spend(1);
    const [mine, other] = [a.get(key), b.get(key)];
    if (mine === undefined || other === undefined || !equal(mine, other, meter)) return false;
  }
  return true;
};

type Ordered = string | number | bigint | boolean;

/** What a value is ordered by. Throws: EvalError for a value without an order. */
const orderedOf = (value: Value): Ordered => {
  if (typeof value === "string" || typeof value === "boolean") return value;
  const number = numberOf(value);
  if (number !== undefined) return number;
  if (value instanceof Timestamp || value instanceof Duration) return value.nanos;
  if (value instanceof Uint8Array) return String.fromCodePoint(...value);
  return noSuchOverload();
};

const kindOf = (value: Value, key: Ordered): unknown => {
  if (value instanceof Timestamp) return Timestamp;
  if (value instanceof Duration) return Duration;
  if (value instanceof Uint8Array) return Uint8Array;
  return typeof key === "bigint" ? "number" : typeof key;
};

/** Below zero when a comes first, above when b does; NaN when neither does. Throws: EvalError for values of different kinds. */
export const compare = (a: Value, b: Value): number => {
  const [left, right] = [orderedOf(a), orderedOf(b)];
  if (kindOf(a, left) !== kindOf(b, right)) return noSuchOverload();
  if (typeof left === "string" && typeof right === "string") return compareText(left, right);
  if (left < right) return -1;
  // oxlint-disable-next-line eqeqeq -- as above
  return left > right ? 1 : left == right ? 0 : Number.NaN;
};

/** By code points, as Go's bytes are ordered. */
const compareText = (a: string, b: string): number => {
  if (a === b) return 0;
  let at = 0;
  while (at < a.length && at < b.length && a.codePointAt(at) === b.codePointAt(at)) at += (a.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return (a.codePointAt(at) ?? -1) < (b.codePointAt(at) ?? -1) ? -1 : 1;
};

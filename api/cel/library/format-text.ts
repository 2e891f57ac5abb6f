// `"%s has %d".format([…])`. upstream: cel-go/ext/formatting_v2.go
import type { Meter } from "../meter.ts";
import { CelList, Duration, EvalError, isMap, Opaque, Timestamp, TypeName, Uint, type Value } from "../values.ts";
import { doubleText } from "./conversions.ts";
import { formatDuration, formatTimestamp } from "./time-text.ts";

const CLAUSE = /%(?:%|(?:\.(\d+))?([a-zA-Z]))/g;

/** The text with its clauses filled in. Throws: EvalError. */
export const format = (text: string, args: CelList, meter: Meter): string => {
  let at = 0;
  let length = text.length;
  const result = text.replaceAll(CLAUSE, (whole, precision: string | undefined, verb: string | undefined) => {
    if (verb === undefined) return "%";
    if (at >= args.size) throw new EvalError(`index ${at} out of range`);
    const shown = clause(verb, args.at(at++), Math.min(Number(precision ?? 6), 100));
    length += shown.length;
    meter.read(shown.length);
    if (length > 8_000_000) throw new EvalError("string too long");
    return whole === "" ? "" : shown;
  });
  if (at < args.size) throw new EvalError(`error during formatting: too many arguments`);
  return result;
};

const exponent = (value: number, precision: number): string => value.toExponential(precision).replace(/e([-+])(\d)$/, "e$10$2");

const VERBS: { readonly [verb: string]: (value: Value, precision: number) => string } = {
  s: (value) => shown(value),
  d: (value) => integer(value, "d").toString(),
  f: (value, precision) => floating(value, "f").toFixed(precision),
  e: (value, precision) => exponent(floating(value, "e"), precision),
  b: (value) => (typeof value === "boolean" ? String(Number(value)) : integer(value, "b").toString(2)),
  o: (value) => integer(value, "o").toString(8),
  x: (value) => hex(value),
  X: (value) => hex(value).toUpperCase(),
};

const clause = (verb: string, value: Value, precision: number): string => {
  const of = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (of === undefined) throw new EvalError(`error during formatting: unrecognized formatting clause "${verb}"`);
  return of(value, precision);
};

const mismatch = (verb: string): never => {
  throw new EvalError(`error during formatting: "${verb}" clause does not take this type of value`);
};

const integer = (value: Value, verb: string): bigint => {
  if (value instanceof Uint) return value.value;
  return typeof value === "bigint" ? value : mismatch(verb);
};

const floating = (value: Value, verb: string): number => {
  if (typeof value === "number") return value;
  return Number(integer(value, verb));
};

const hex = (value: Value): string => {
  if (typeof value === "string") return hex(new TextEncoder().encode(value));
  if (value instanceof Uint8Array) return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return integer(value, "x").toString(16);
};

const shown = (value: Value): string => {
  if (value === null || typeof value === "boolean" || typeof value === "string" || typeof value === "bigint") return String(value);
  if (typeof value === "number") return doubleText(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof CelList) return `[${[...value].map(shown).join(", ")}]`;
  if (isMap(value)) return shownMap([...value.keys()].map((key) => [shown(key), shown(value.get(key) ?? null)]));
  return shownObject(value);
};

const shownMap = (entries: readonly (readonly [string, string])[]): string =>
  `{${entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value}`)
    .join(", ")}}`;

const shownObject = (value: Value & object): string => {
  if (value instanceof Timestamp) return formatTimestamp(value.nanos);
  if (value instanceof Duration) return formatDuration(value.nanos);
  if (value instanceof TypeName) return value.name;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  return value instanceof Opaque ? value.type : mismatch("s");
};

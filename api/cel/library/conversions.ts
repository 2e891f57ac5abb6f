// Conversions, sizes and the parts of instants. upstream: cel-go/common/stdlib/standard.go
import { fn, method, type Overload } from "../overload.ts";
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  opaque,
  param,
  STRING,
  TIMESTAMP,
  typeOf,
  UINT,
  type Type,
} from "../types.ts";
import { CelList, Duration, EvalError, Opaque, Optional, Struct, Timestamp, TypeName, Uint, type CelMap, type Value } from "../values.ts";
import { checkedInt, checkedUint, timestamp } from "./numbers.ts";
import { formatDuration, formatTimestamp, localDate, parseDuration, parseTimestamp } from "./time-text.ts";

const A = param("A");
const B = param("B");

const broken = (message: string): never => {
  throw new EvalError(message);
};

/** Any more digits are an overflow, and reading them takes time. */
const INT_TEXT = /^[-+]?\d{1,40}$/;

const intOfText = (text: string): bigint => {
  if (!INT_TEXT.test(text)) return broken(`type conversion error from 'string' to 'int'`);
  return checkedInt(BigInt(text.replace(/^\+/, "")));
};

const intOfDouble = (value: number): bigint =>
  Number.isFinite(value) ? checkedInt(BigInt(Math.trunc(value))) : broken("integer overflow");

const DOUBLE_TEXT = /^[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?|inf(?:inity)?|nan)$/i;

const doubleOfText = (text: string): number => {
  if (!DOUBLE_TEXT.test(text)) return broken("type conversion error from 'string' to 'double'");
  const lower = text.toLowerCase();
  if (lower.includes("inf")) return lower.startsWith("-") ? -Infinity : Infinity;
  return Number(text);
};

const TRUE = ["1", "t", "T", "TRUE", "true", "True"];
const FALSE = ["0", "f", "F", "FALSE", "false", "False"];

const boolOfText = (text: string): boolean => {
  if (TRUE.includes(text)) return true;
  return FALSE.includes(text) ? false : broken("type conversion error from 'string' to 'bool'");
};

/** A double as Go's %g of the shortest form. */
export const doubleText = (value: number): string => {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e21)) return value.toExponential().replace(/e([-+])(\d)$/, "e$10$2");
  return `${value}`;
};

const decoder = new TextDecoder("utf-8", { fatal: true });

const textOfBytes = (bytes: Uint8Array): string => {
  try {
    return decoder.decode(bytes);
  } catch {
    return broken("invalid UTF-8 in bytes, cannot convert to string");
  }
};

const timestampOfText = (text: string): Timestamp => {
  const nanos = parseTimestamp(text);
  return nanos === undefined ? broken(`invalid timestamp: ${JSON.stringify(text)}`) : timestamp(nanos);
};

const durationOfText = (text: string): Duration => {
  const nanos = parseDuration(text);
  return nanos === undefined ? broken(`time: invalid duration ${JSON.stringify(text)}`) : new Duration(nanos);
};

const toNumber: readonly Overload[] = [
  fn("int", [INT], INT, ([a]) => a as Value),
  fn("int", [UINT], INT, ([a]) => checkedInt((a as Uint).value)),
  fn("int", [DOUBLE], INT, ([a]) => intOfDouble(a as number)),
  fn("int", [STRING], INT, ([a]) => intOfText(a as string)),
  fn("int", [TIMESTAMP], INT, ([a]) => (a as Timestamp).nanos / 1_000_000_000n),
  fn("int", [DURATION], INT, ([a]) => (a as Duration).nanos),
  fn("uint", [UINT], UINT, ([a]) => a as Value),
  fn("uint", [INT], UINT, ([a]) => checkedUint(a as bigint)),
  fn("uint", [DOUBLE], UINT, ([a]) => checkedUint(intOfDouble(a as number))),
  fn("uint", [STRING], UINT, ([a]) => checkedUint(intOfText(a as string))),
  fn("double", [DOUBLE], DOUBLE, ([a]) => a as Value),
  fn("double", [INT], DOUBLE, ([a]) => Number(a)),
  fn("double", [UINT], DOUBLE, ([a]) => Number((a as Uint).value)),
  fn("double", [STRING], DOUBLE, ([a]) => doubleOfText(a as string)),
];

const encoder = new TextEncoder();

const toText: readonly Overload[] = [
  fn("string", [STRING], STRING, ([a]) => a as Value),
  fn("string", [BOOL], STRING, ([a]) => `${a as boolean}`),
  fn("string", [INT], STRING, ([a]) => `${a as bigint}`),
  fn("string", [UINT], STRING, ([a]) => String((a as Uint).value)),
  fn("string", [DOUBLE], STRING, ([a]) => doubleText(a as number)),
  fn("string", [BYTES], STRING, ([a], meter) => {
    meter.read((a as Uint8Array).length);
    return textOfBytes(a as Uint8Array);
  }),
  fn("string", [TIMESTAMP], STRING, ([a]) => formatTimestamp((a as Timestamp).nanos)),
  fn("string", [DURATION], STRING, ([a]) => formatDuration((a as Duration).nanos)),
  fn("bytes", [BYTES], BYTES, ([a]) => a as Value),
  fn("bytes", [STRING], BYTES, ([a], meter) => {
    meter.read((a as string).length);
    return encoder.encode(a as string);
  }),
];

const toOthers: readonly Overload[] = [
  fn("bool", [BOOL], BOOL, ([a]) => a as Value),
  fn("bool", [STRING], BOOL, ([a]) => boolOfText(a as string)),
  fn("dyn", [A], DYN, ([a]) => a as Value),
  fn("type", [A], typeOf(A), ([a]) => new TypeName(typeNameOf(a as Value))),
  fn("timestamp", [TIMESTAMP], TIMESTAMP, ([a]) => a as Value),
  fn("timestamp", [STRING], TIMESTAMP, ([a]) => timestampOfText(a as string)),
  fn("timestamp", [INT], TIMESTAMP, ([a]) => timestamp((a as bigint) * 1_000_000_000n)),
  fn("duration", [DURATION], DURATION, ([a]) => a as Value),
  fn("duration", [STRING], DURATION, ([a]) => durationOfText(a as string)),
];

const NAMES: { readonly [name: string]: string } = { boolean: "bool", bigint: "int", number: "double", string: "string" };

/** What `type(value)` is called. */
export const typeNameOf = (value: Value): string => {
  if (value === null) return "null_type";
  if (typeof value !== "object") return NAMES[typeof value] ?? "dyn";
  if (value instanceof Opaque) return value.type;
  if (value instanceof Struct) return value.name;
  return CLASSES.find(([type]) => value instanceof type)?.[1] ?? "map";
};

const CLASSES = [
  [CelList, "list"],
  [Uint8Array, "bytes"],
  [Uint, "uint"],
  [Timestamp, "google.protobuf.Timestamp"],
  [Duration, "google.protobuf.Duration"],
  [Optional, "optional_type"],
  [TypeName, "type"],
] as const;

/** How many characters a text has: code points, not units of UTF-16. */
export const lengthOf = (text: string): number => {
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0xdc00 || unit > 0xdfff) length++;
  }
  return length;
};

const sizes = function* (): Generator<Overload> {
  for (const make of [fn, method]) {
    yield make("size", [STRING], INT, ([a], meter) => {
      meter.read((a as string).length);
      return BigInt(lengthOf(a as string));
    });
    yield make("size", [BYTES], INT, ([a]) => BigInt((a as Uint8Array).length));
    yield make("size", [listOf(A)], INT, ([a]) => BigInt((a as CelList).size));
    yield make("size", [mapOf(A, B)], INT, ([a]) => BigInt((a as CelMap).size));
  }
};

const dayOfYear = (date: Date): number => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000);

const PARTS: { readonly [name: string]: (date: Date) => number } = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDate: (date) => date.getUTCDate(),
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDayOfWeek: (date) => date.getUTCDay(),
  getDayOfYear: dayOfYear,
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(),
};
const LENGTHS: { readonly [name: string]: bigint } = {
  getHours: 3_600_000_000_000n,
  getMinutes: 60_000_000_000n,
  getSeconds: 1_000_000_000n,
  getMilliseconds: 1_000_000n,
};

const parts = function* (): Generator<Overload> {
  for (const [name, of] of Object.entries(PARTS)) {
    yield method(name, [TIMESTAMP], INT, ([a]) => BigInt(of(localDate((a as Timestamp).nanos))));
    yield method(name, [TIMESTAMP, STRING], INT, ([a, zone]) => BigInt(of(localDate((a as Timestamp).nanos, zone as string))));
  }
  for (const [name, size] of Object.entries(LENGTHS)) yield method(name, [DURATION], INT, ([a]) => (a as Duration).nanos / size);
};

/** What every environment has. */
export const conversions: readonly Overload[] = [...toNumber, ...toText, ...toOthers, ...sizes(), ...parts()];

/** The types that expressions know by name, for `type(x) == int`. */
export const TYPE_NAMES: ReadonlyMap<string, Type> = new Map<string, Type>(
  [
    ...[BOOL, INT, UINT, DOUBLE, STRING, BYTES, TIMESTAMP, DURATION].map((type) => type as Extract<Type, { is: "simple" }>),
    ...["null_type", "list", "map", "type", "optional_type", "net.IP", "net.CIDR", "kubernetes.Quantity", "kubernetes.URL"].map(
      (name) => opaque(name) as Extract<Type, { is: "simple" }>,
    ),
  ].map((type) => [type.name, type]),
);

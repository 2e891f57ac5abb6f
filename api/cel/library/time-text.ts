// Instants and lengths of time as texts. upstream: Go's time.ParseDuration, time.RFC3339Nano
import { EvalError } from "../values.ts";

const UNITS: { readonly [unit: string]: bigint } = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const PART = /(\d{0,40})(?:\.(\d{0,40}))?(ns|us|µs|μs|ms|s|m|h)/y;
const SECOND = 1_000_000_000n;

/** The nanoseconds of `1h30m`; undefined: no length of time. */
export const parseDuration = (text: string): bigint | undefined => {
  const unsigned = text.replace(/^[-+]/, "");
  const total = unsigned === "0" ? 0n : sumOfParts(unsigned);
  if (total === undefined || total > 2n ** 63n - 1n) return undefined;
  return text.startsWith("-") ? -total : total;
};

const sumOfParts = (text: string): bigint | undefined => {
  let [total, at] = [0n, 0];
  do {
    PART.lastIndex = at;
    const part = PART.exec(text);
    if (part === null || `${part[1]}${part[2] ?? ""}` === "") return undefined;
    total += nanosOfPart(part);
    at += part[0].length;
  } while (at < text.length);
  return total;
};

const nanosOfPart = ([, integer = "", fraction = "", unit = ""]: readonly string[]): bigint => {
  const size = UNITS[unit] ?? 0n;
  return BigInt(integer || "0") * size + (BigInt(fraction || "0") * size) / 10n ** BigInt(fraction.length);
};

/** `5400s`. upstream: types.Duration.ConvertToType */
export const formatDuration = (nanos: bigint): string => {
  const size = nanos < 0n ? -nanos : nanos;
  return `${nanos < 0n ? "-" : ""}${size / SECOND}${fractionOf(size % SECOND)}s`;
};

const fractionOf = (nanos: bigint): string => (nanos === 0n ? "" : `.${nanos.toString().padStart(9, "0").replace(/0+$/, "")}`);

const INSTANT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[-+]\d\d:\d\d)$/i;

/** The nanoseconds since 1970 of an RFC 3339 text; undefined: none. */
export const parseTimestamp = (text: string): bigint | undefined => {
  const [, seconds, fraction = "", zone] = INSTANT.exec(text) ?? [];
  if (seconds === undefined || zone === undefined) return undefined;
  const ms = Date.parse(`${seconds}${zone}`.toUpperCase());
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
};

/** An instant in RFC 3339. */
export const formatTimestamp = (nanos: bigint): string => {
  const [seconds, rest] = floorDivide(nanos, SECOND);
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}${fractionOf(rest)}Z`;
};

const floorDivide = (value: bigint, by: bigint): readonly [bigint, bigint] => {
  const rest = ((value % by) + by) % by;
  return [(value - rest) / by, rest];
};

const OFFSET = /^([-+]?)(\d\d):(\d\d)$/;

/** The instant as a calendar of a time zone shows it, in a Date read as UTC. Throws: EvalError for a zone that nobody knows. */
export const localDate = (nanos: bigint, zone = "UTC"): Date => {
  const ms = Number(floorDivide(nanos, 1_000_000n)[0]);
  const [, sign, hours, minutes] = OFFSET.exec(zone) ?? [];
  if (hours !== undefined) return new Date(ms + (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000);
  if (zone === "UTC" || zone === "") return new Date(ms);
  return new Date(ms + zoneOffset(ms, zone));
};

const zoneOffset = (ms: number, timeZone: string): number => {
  const fields = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" } as const;
  try {
    const parts = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", ...fields }).formatToParts(ms);
    const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
    const shown = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
    return shown - Math.floor(ms / 1000) * 1000;
  } catch {
    throw new EvalError(`unknown time zone ${timeZone}`);
  }
};

// Instants as Go reads and writes them: RFC 3339, with upstream's words for what is none. upstream: time.Parse,
// apimachinery/pkg/apis/meta/v1/time.go and micro_time.go
import { quoted } from "#api/meta/field-error.ts";

/** How precise an instant is stored: to the second, or with six digits after it. */
export type Precision = "seconds" | "microseconds";

/** Why a text is no instant. */
export class TimeError extends Error {}

/** One part of a layout: how Go writes it, what it accepts, and the values in range. */
type Part = { readonly element: string; readonly accepts: RegExp; readonly range?: readonly [number, number, string] };

const literal = (element: string): Part => ({ element, accepts: new RegExp(element.replace(".", "\\."), "y") });
const TWO = /\d\d/y;
const START: readonly Part[] = [
  { element: "2006", accepts: /\d{4}/y },
  literal("-"),
  { element: "01", accepts: TWO, range: [1, 12, "month"] },
  literal("-"),
  { element: "02", accepts: TWO, range: [0, 31, "day"] },
  literal("T"),
  { element: "15", accepts: /\d\d?/y, range: [0, 23, "hour"] },
  literal(":"),
  { element: "04", accepts: TWO, range: [0, 59, "minute"] },
  literal(":"),
  { element: "05", accepts: TWO, range: [0, 59, "second"] },
];
const ZONE: Part = { element: "Z07:00", accepts: /Z|[+-]\d\d:\d\d/y };
const PARTS: { readonly [precision in Precision]: readonly Part[] } = {
  seconds: [...START, { element: "", accepts: /(?:[.,]\d+)?/y }, ZONE],
  microseconds: [...START, { element: ".000000", accepts: /\.\d{6}/y }, ZONE],
};
const LAYOUTS: { readonly [precision in Precision]: string } = {
  seconds: "2006-01-02T15:04:05Z07:00",
  microseconds: "2006-01-02T15:04:05.000000Z07:00",
};

const outOfRange = (text: string, what: string): never => {
  throw new TimeError(`parsing time ${quoted(text)}: ${what} out of range`);
};

const split = (text: string, precision: Precision): readonly string[] => {
  let at = 0;
  const found = PARTS[precision].map(({ element, accepts, range }) => {
    accepts.lastIndex = at;
    const part = accepts.exec(text)?.[0];
    if (part === undefined) {
      throw new TimeError(
        `parsing time ${quoted(text)} as ${quoted(LAYOUTS[precision])}: cannot parse ${quoted(text.slice(at))} as ${quoted(element)}`,
      );
    }
    at += part.length;
    if (range !== undefined && !(Number(part) >= range[0] && Number(part) <= range[1])) outOfRange(text, range[2]);
    return part;
  });
  if (at < text.length) throw new TimeError(`parsing time ${quoted(text)}: extra text: ${quoted(text.slice(at))}`);
  return found;
};

const offsetMinutes = (zone: string): number =>
  zone === "Z" ? 0 : (zone.startsWith("-") ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6)));

const slowly = (text: string, precision: Precision): string => {
  const [year = "", , month, , day, , hour, , minute, , second, fraction = "", zone = ""] = split(text, precision);
  const at = new Date(0);
  at.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (at.getUTCDate() !== Number(day)) outOfRange(text, "day");
  at.setUTCHours(Number(hour), Number(minute) - offsetMinutes(zone), Number(second));
  return `${at.toISOString().slice(0, -5)}${precision === "seconds" ? "" : fraction}Z`;
};

const PLAIN: { readonly [precision in Precision]: RegExp } = {
  seconds: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/,
  microseconds: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/,
};

/** Every month has its first 28 days; a later one that does not exist comes out of Date as another. */
const isDay = (text: string): boolean => {
  const day = Number(text.slice(8, 10));
  return day <= 28 || new Date(text).getUTCDate() === day;
};

/** True when the text stands as it would be stored. */
const isPlain = (text: string, precision: Precision): boolean => PLAIN[precision].test(text) && isDay(text);

/** The instant as it is stored: in UTC, to the second or the microsecond. Throws: TimeError, in upstream's words. */
export const canonicalTime = (text: string, precision: Precision): string => (isPlain(text, precision) ? text : slowly(text, precision));

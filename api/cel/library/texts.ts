// Functions on texts. Places are counted in characters. upstream: cel-go/ext/strings.go (version 2), common/stdlib/standard.go
import { ESCAPES } from "../../meta/field-error.ts";
import type { Meter } from "../meter.ts";
import { fn, method, type Overload } from "../overload.ts";
import { BOOL, INT, listOf, STRING, type Type } from "../types.ts";
import { CelList, EvalError, noSuchOverload, type Value } from "../values.ts";
import { format } from "./format-text.ts";
import { pattern } from "./regex.ts";

type Text = (text: string, args: readonly Value[], meter: Meter) => Value;

/** A method of texts that reads the whole of it. */
const of = (name: string, params: readonly Type[], result: Type, call: Text): Overload =>
  method(name, [STRING, ...params], result, ([text, ...args], meter) => {
    meter.read((text as string).length);
    return call(text as string, args, meter);
  });

const outOfRange = (index: number): never => {
  throw new EvalError(`index out of range: ${index}`);
};

const charAt: Text = (text, [index]) => {
  const [characters, at] = [Array.from(text), Number(index)];
  if (at < 0 || at > characters.length) return outOfRange(at);
  return characters[at] ?? "";
};

type Search = { readonly from: number | undefined; readonly back: boolean; readonly meter: Meter };

/** Where `part` stands at or after `from`, or at or before it. */
const search = (text: string, part: string, { from, back, meter }: Search): bigint => {
  const [characters, wanted] = [Array.from(text), Array.from(part)];
  if (from !== undefined && (from < 0 || from > characters.length)) return outOfRange(from);
  meter.read(text.length * Math.max(1, part.length));
  const last = characters.length - wanted.length;
  const matches = (at: number): boolean => wanted.every((char, index) => characters[at + index] === char);
  return BigInt(back ? placeBefore(Math.min(from ?? last, last), matches) : placeAfter(from ?? 0, last, matches));
};

const placeBefore = (from: number, matches: (at: number) => boolean): number => {
  for (let at = from; at >= 0; at--) if (matches(at)) return at;
  return -1;
};

const placeAfter = (from: number, last: number, matches: (at: number) => boolean): number => {
  for (let at = from; at <= last; at++) if (matches(at)) return at;
  return -1;
};

const searching =
  (back: boolean): Text =>
  (text, [part, from], meter) =>
    search(text, part as string, { from: from === undefined ? undefined : Number(from), back, meter });

const substring: Text = (text, [start, end]) => {
  const characters = Array.from(text);
  const [from, to] = [Number(start), end === undefined ? characters.length : Number(end)];
  if (from < 0 || from > characters.length) return outOfRange(from);
  if (to < 0 || to > characters.length) return outOfRange(to);
  if (from > to) throw new EvalError(`invalid substring range. start: ${from}, end: ${to}`);
  return characters.slice(from, to).join("");
};

const split: Text = (text, [separator, limit]) => {
  const count = limit === undefined ? -1 : Number(limit);
  if (count === 0) return new CelList([]);
  const all = separator === "" ? Array.from(text) : text.split(separator as string);
  if (count < 0 || all.length <= count) return new CelList(all);
  return new CelList([...all.slice(0, count - 1), all.slice(count - 1).join(separator as string)]);
};

const MAX_TEXT = 8_000_000;

const replace: Text = (text, [old, by, limit], meter) => {
  const from = old as string;
  const parts = from === "" ? ["", ...Array.from(text), ""] : text.split(from);
  const times = Math.min(parts.length - 1, limit === undefined || (limit as bigint) < 0n ? Infinity : Number(limit));
  const length = text.length + times * (by as string).length;
  meter.read(length);
  if (length > MAX_TEXT) throw new EvalError("string too long");
  return [parts.slice(0, times + 1).join(by as string), ...parts.slice(times + 1)].join(from);
};

const ascii = (text: string, from: RegExp, change: (char: string) => string): string => text.replaceAll(from, change);

const join = (list: CelList, separator: string, meter: Meter): string => {
  const texts = [...list].map((item) => (typeof item === "string" ? item : noSuchOverload()));
  const length = texts.reduce((sum, { length: own }) => sum + own + separator.length, 0);
  meter.read(length);
  if (length > MAX_TEXT) throw new EvalError("string too long");
  return texts.join(separator);
};

const quote = (text: string): string => `"${Array.from(text, (char) => ESCAPES[char] ?? char).join("")}"`;

/** Functions on texts. */
export const texts: readonly Overload[] = [
  of("contains", [STRING], BOOL, (text, [part]) => text.includes(part as string)),
  of("startsWith", [STRING], BOOL, (text, [part]) => text.startsWith(part as string)),
  of("endsWith", [STRING], BOOL, (text, [part]) => text.endsWith(part as string)),
  of("matches", [STRING], BOOL, (text, [regex], meter) => pattern(regex as string, text, meter).find()),
  fn("matches", [STRING, STRING], BOOL, ([text, regex], meter) => pattern(regex as string, text as string, meter).find()),
  of("charAt", [INT], STRING, charAt),
  of("indexOf", [STRING], INT, searching(false)),
  of("indexOf", [STRING, INT], INT, searching(false)),
  of("lastIndexOf", [STRING], INT, searching(true)),
  of("lastIndexOf", [STRING, INT], INT, searching(true)),
  of("lowerAscii", [], STRING, (text) => ascii(text, /[A-Z]/g, (char) => char.toLowerCase())),
  of("upperAscii", [], STRING, (text) => ascii(text, /[a-z]/g, (char) => char.toUpperCase())),
  of("replace", [STRING, STRING], STRING, replace),
  of("replace", [STRING, STRING, INT], STRING, replace),
  of("split", [STRING], listOf(STRING), split),
  of("split", [STRING, INT], listOf(STRING), split),
  of("substring", [INT], STRING, substring),
  of("substring", [INT, INT], STRING, substring),
  of("trim", [], STRING, (text) => text.trim()),
  of("reverse", [], STRING, (text) => Array.from(text).toReversed().join("")),
  method("join", [listOf(STRING)], STRING, ([list], meter) => join(list as CelList, "", meter)),
  method("join", [listOf(STRING), STRING], STRING, ([list, by], meter) => join(list as CelList, by as string, meter)),
  fn("strings.quote", [STRING], STRING, ([text], meter) => {
    meter.read((text as string).length);
    return quote(text as string);
  }),
  of("format", [listOf({ is: "dyn" })], STRING, (text, [args], meter) => format(text, args as CelList, meter)),
];

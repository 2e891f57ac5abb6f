// Regular expressions, in time that grows with the text and never explodes. upstream: k8s.io/apiserver/pkg/cel/library/regex.go
import { RE2JS, type Matcher } from "re2js";
import type { Meter } from "../meter.ts";
import { method, type Overload } from "../overload.ts";
import { INT, listOf, STRING } from "../types.ts";
import { CelList, EvalError } from "../values.ts";

/** Compiled patterns. A policy has few and uses them for every request. */
const known = new Map<string, RE2JS>();
const MAX_KNOWN = 1_000;

const compiled = (regex: string): RE2JS => {
  const found = known.get(regex);
  if (found !== undefined) return found;
  const fresh = RE2JS.compile(regex);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(regex, fresh);
  return fresh;
};

/** What is wrong with a pattern; undefined: nothing. */
export const patternFault = (regex: string): string | undefined => {
  try {
    compiled(regex);
    return undefined;
  } catch (error) {
    return `error parsing regexp: ${(error as Error).message.replace(/^error parsing regexp: /, "")}`;
  }
};

/** Whether the pattern is somewhere in the text; one that is none forbids nothing. */
export const hasPattern = (text: string, regex: string): boolean => patternFault(regex) !== undefined || compiled(regex).test(text);

/** A search for the pattern in a text. Throws: EvalError for a pattern that is none. */
export const pattern = (regex: string, text: string, meter: Meter): Matcher => {
  // upstream: cel-go's cost of matches: text by characters, pattern by a quarter of its length
  meter.spend(Math.ceil((1 + text.length) * 0.1 * Math.max(1, regex.length * 0.25)));
  const fault = patternFault(regex);
  if (fault !== undefined) throw new EvalError(fault);
  return compiled(regex).matcher(text);
};

const findAll = (matcher: Matcher, limit: number): CelList => {
  const found: string[] = [];
  const most = limit < 0 ? Infinity : limit;
  for (; found.length < most && matcher.find();) found.push(matcher.group() ?? "");
  return new CelList(found);
};

/** `find` and `findAll`. */
export const regexes: readonly Overload[] = [
  method("find", [STRING, STRING], STRING, ([text, regex], meter) => {
    const matcher = pattern(regex as string, text as string, meter);
    return matcher.find() ? (matcher.group() ?? "") : "";
  }),
  method("findAll", [STRING, STRING], listOf(STRING), ([text, regex], meter) =>
    findAll(pattern(regex as string, text as string, meter), -1),
  ),
  method("findAll", [STRING, STRING, INT], listOf(STRING), ([text, regex, limit], meter) =>
    findAll(pattern(regex as string, text as string, meter), Number(limit)),
  ),
];

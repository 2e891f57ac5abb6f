// The small checks that validation is made of. A check is a generator or a list of the errors it finds, in the order in
// which upstream reports them; paths are texts, as field.Path prints them. A field that a client left out is undefined
// here even where its type says that it is required: decoding does not ask for required fields, validation does.
import { deepEqual } from "./equal.ts";
import { invalidValue, notSupported, required } from "./field-error.ts";
import type { FieldError } from "./status.ts";

/** The errors that a check finds. */
export type Check = Iterable<FieldError>;

const NONE: readonly FieldError[] = [];

/** Whether a text was left out. In Go's structs an absent text and an empty one are the same. */
export const isEmpty = (text: string | undefined): text is undefined | "" => text === undefined || text === "";

/** Each item beside its path, `path[0]`, `path[1]`, … upstream: field.Path.Index */
export function* each<T>(path: string, list: readonly T[] | undefined): Generator<readonly [item: T, path: string, at: number]> {
  if (list === undefined) return;
  for (let at = 0; at < list.length; at++) yield [list[at] as T, `${path}[${at}]`, at];
}

/** Each entry of a map beside its path, `path[key]`, in the order of keys. upstream: field.Path.Key */
export function* eachKey<T>(
  path: string,
  map: { readonly [key: string]: T } | undefined,
): Generator<readonly [key: string, value: T, path: string]> {
  if (map === undefined) return;
  for (const key of Object.keys(map).toSorted()) yield [key, map[key] as T, `${path}[${key}]`];
}

/** One error for each reason why the value is wrong. */
export const broken = (path: string, value: unknown, reasons: readonly string[]): readonly FieldError[] =>
  reasons.length === 0 ? NONE : reasons.map((reason) => invalidValue(path, value, reason));

/** The text is there. */
export const needed = (path: string, text: string | undefined, detail = ""): readonly FieldError[] =>
  isEmpty(text) ? [required(path, detail)] : NONE;

/** The text is there and obeys the rule. */
export const neededAs = (path: string, text: string | undefined, rule: (text: string) => readonly string[]): readonly FieldError[] =>
  isEmpty(text) ? [required(path)] : broken(path, text, rule(text));

/** The text obeys the rule if it is there. */
export const optionalAs = (path: string, text: string | undefined, rule: (text: string) => readonly string[]): readonly FieldError[] =>
  isEmpty(text) ? NONE : broken(path, text, rule(text));

/** The number is not below zero. upstream: ValidateNonnegativeField */
export const nonNegative = (path: string, value: number | undefined): readonly FieldError[] =>
  value !== undefined && value < 0 ? [invalidValue(path, value, "must be greater than or equal to 0")] : NONE;

/** The value is still what it was. upstream: ValidateImmutableField */
export const immutable = (path: string, value: unknown, old: unknown): readonly FieldError[] =>
  deepEqual(value, old) ? NONE : [invalidValue(path, value ?? null, "field is immutable")];

/** The value, if it is there, is one of an enumeration. */
export const oneOf = (path: string, value: string | undefined, supported: readonly string[]): readonly FieldError[] =>
  value === undefined || supported.includes(value) ? NONE : [notSupported(path, value, supported)];

/** The value is there and is one of an enumeration. */
export const neededOneOf = (path: string, value: string | undefined, supported: readonly string[]): readonly FieldError[] =>
  isEmpty(value) ? [required(path)] : oneOf(path, value, supported);

// The JSON paths of definitions: `.spec.replicas`, `.status.conditions[?(@.type=="Ready")].status`, `.a['b.c'][0]`, `[*]`.
// upstream: client-go/util/jsonpath, as far as apiextensions uses it
import { isJsonObject, type JsonObject } from "../meta/json.ts";

/** What a path leads to, in order. */
export type JsonPath = (value: unknown) => readonly unknown[];

type Step = (value: unknown) => readonly unknown[];

const field =
  (name: string): Step =>
  (value) =>
    isJsonObject(value) && Object.hasOwn(value, name) ? [value[name]] : [];

const index =
  (at: number): Step =>
  (value) =>
    Array.isArray(value) && value.at(at) !== undefined ? [value.at(at)] : [];

const every: Step = (value) => (Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : []);

const COMPARE: { readonly [operator: string]: (a: unknown, b: unknown) => boolean } = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => Number(a) < Number(b),
  "<=": (a, b) => Number(a) <= Number(b),
  ">": (a, b) => Number(a) > Number(b),
  ">=": (a, b) => Number(a) >= Number(b),
};

const FILTER = /^@((?:\.[\w-]+)+)\s*(?:(==|!=|<=|>=|<|>)\s*(.+))?$/;

const literal = (text: string): unknown => {
  const quoted = /^(["'])(.*)\1$/s.exec(text.trim());
  if (quoted !== null) return quoted[2];
  return text === "true" || text === "false" ? text === "true" : Number(text);
};

const filter = (text: string): Step | undefined => {
  const [, path = "", operator, right = ""] = FILTER.exec(text.trim()) ?? [];
  const inner = path === "" ? undefined : parseJsonPath(path);
  const compare = operator === undefined ? (found: unknown) => found !== undefined : COMPARE[operator];
  if (inner === undefined || compare === undefined) return undefined;
  const wanted = literal(right);
  return (value) => (Array.isArray(value) ? value.filter((item) => compare(inner(item)[0], wanted)) : []);
};

const NAME = /^\.((?:[\w-]|\\\.)+)/;
const QUOTED = /^\[(["'])(.*?)\1\]/;
const INDEX = /^\[(-?\d+)\]/;
const EVERY = /^(?:\[\*\]|\.\*)/;
const CONDITION = /^\[\?\((.*?)\)\]/;

type Token = { readonly length: number; readonly step: Step | undefined };

const nextToken = (text: string): Token | undefined => {
  const readers: readonly (readonly [RegExp, (match: RegExpExecArray) => Step | undefined])[] = [
    [NAME, ([, name = ""]) => field(name.replaceAll("\\.", "."))],
    [QUOTED, ([, , name = ""]) => field(name)],
    [INDEX, ([, at = ""]) => index(Number(at))],
    [EVERY, () => every],
    [CONDITION, ([, condition = ""]) => filter(condition)],
  ];
  for (const [pattern, read] of readers) {
    const match = pattern.exec(text);
    if (match !== null) return { length: match[0].length, step: read(match) };
  }
  return undefined;
};

/** The path that a text says; undefined when it says none. */
export const parseJsonPath = (text: string): JsonPath | undefined => {
  const steps: Step[] = [];
  for (let rest = text; rest !== "";) {
    const token = nextToken(rest);
    if (token?.step === undefined) return undefined;
    steps.push(token.step);
    rest = rest.slice(token.length);
  }
  return (value) => steps.reduce<readonly unknown[]>((found, step) => found.flatMap(step), [value]);
};

/** The names of a path that has only those: `.spec.replicas`. */
export const simplePath = (text: string): readonly string[] | undefined => {
  const names = text.startsWith(".") ? text.slice(1).split(".") : [];
  return names.length > 0 && names.every((name) => /^[\w-]+$/.test(name)) ? names : undefined;
};

/** What stands at these names. */
export const valueAt = (object: unknown, names: readonly string[]): unknown =>
  names.reduce<unknown>((value, name) => (isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined), object);

/** The object with a value at these names. It is not changed; parts are shared. */
export const withValueAt = (object: JsonObject, [name = "", ...rest]: readonly string[], value: unknown): JsonObject => {
  const present = object[name];
  return { ...object, [name]: rest.length === 0 ? value : withValueAt(isJsonObject(present) ? present : {}, rest, value) };
};

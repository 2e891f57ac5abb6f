// Equality as Go's structs have it: what is empty is absent. Clients write `volumes: []` or `stdin: false` for what the
// server leaves out. upstream: apimachinery/pkg/api/equality/semantic.go
//
// E1 "", [] and {} are absent, whatever the field. E2 false and 0 are absent only in fields that Go holds by value: behind a
//    pointer `runAsUser: 0` is a setting. E3 a key of a map is there though its text is empty. E4 an empty selector selects
//    all, an absent one nothing.
import { deepEqual } from "./equal.ts";

type Json = { readonly [key: string]: unknown };

/** Booleans and numbers of a pod that Go holds by value and has no default for. */
const BY_VALUE: ReadonlySet<string> = new Set([
  "hostIPC",
  "hostNetwork",
  "hostPID",
  "hostPort",
  "initialDelaySeconds",
  "partition",
  "readOnly",
  "stdin",
  "stdinOnce",
  "tty",
]);
const MAPS: ReadonlySet<string> = new Set([
  "annotations",
  "binaryData",
  "data",
  "labels",
  "limits",
  "matchLabels",
  "nodeSelector",
  "options",
  "requests",
  "volumeAttributes",
]);
const SELECTORS: ReadonlySet<string> = new Set(["labelSelector", "namespaceSelector", "selector"]);

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const isEmptyObject = (field: string, value: object): boolean => {
  if (Array.isArray(value) || MAPS.has(field)) return Object.keys(value).length === 0;
  return !SELECTORS.has(field) && Object.entries(value).every(([key, item]) => isAbsent(key, item));
};

const isAbsent = (field: string, value: unknown): boolean => {
  if (value === undefined || value === null || value === "") return true;
  if (value === false || value === 0) return BY_VALUE.has(field);
  return isObject(value) && isEmptyObject(field, value);
};

const keysOf = (a: object, b: object): readonly string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])];

const equalParts = (field: string, a: object, b: object): boolean => {
  if (MAPS.has(field)) return deepEqual(a, b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => equalAt("", item, b[at]));
  return keysOf(a, b).every((key) => equalAt(key, (a as Json)[key], (b as Json)[key]));
};

const equalAt = (field: string, a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return isAbsent(field, a) && isAbsent(field, b);
  return equalParts(field, a, b);
};

/** Whether two JSON values mean the same; `field` is the name of the field that they are values of. */
export const semanticEqual = (a: unknown, b: unknown, field = ""): boolean => equalAt(field, a, b);

/** As `semanticEqual`, leaving these fields of both out of account. */
export const semanticEqualBut = (a: object, b: object, ...fields: readonly string[]): boolean =>
  keysOf(a, b).every((key) => fields.includes(key) || equalAt(key, (a as Json)[key], (b as Json)[key]));

const childOf = (path: string, parent: object, key: string): string => (Array.isArray(parent) ? `${path}[${key}]` : `${path}.${key}`);

/** One line for each field that differs: `- path: was`, `+ path: is`. */
export const differences = (path: string, was: unknown, is: unknown, field = ""): readonly string[] => {
  if (equalAt(field, was, is)) return [];
  if (!isObject(was) || !isObject(is)) {
    const lines = [`- ${path}: ${JSON.stringify(was)}`, `+ ${path}: ${JSON.stringify(is)}`];
    return lines.filter((_, at) => ([was, is] as const)[at] !== undefined);
  }
  const [left, right] = [was as Json, is as Json];
  return keysOf(left, right).flatMap((key) => differences(childOf(path, was, key), left[key], right[key], key));
};

// Equality as Go's structs have it: what is empty is absent. Clients write `volumes: []` or `stdin: false` for what the
// server leaves out. upstream: apimachinery/pkg/api/equality/semantic.go
type Json = { readonly [key: string]: unknown };

const isAbsent = (value: unknown): boolean => {
  if (value === undefined || value === null || value === "" || value === false) return true;
  return typeof value === "object" && Object.values(value).every(isAbsent);
};

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const keysOf = (a: object, b: object): readonly string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])];

const equalParts = (a: object, b: object): boolean => {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => semanticEqual(item, b[at]));
  return keysOf(a, b).every((key) => semanticEqual((a as Json)[key], (b as Json)[key]));
};

/** Whether two JSON values mean the same: absent, "", false and empty collections are one. */
export const semanticEqual = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return isAbsent(a) && isAbsent(b);
  return equalParts(a, b);
};

/** As `semanticEqual`, leaving these fields of both out of account. */
export const semanticEqualBut = (a: object, b: object, ...fields: readonly string[]): boolean =>
  keysOf(a, b).every((key) => fields.includes(key) || semanticEqual((a as Json)[key], (b as Json)[key]));

/** One line for each field that differs: `- path: was`, `+ path: is`. */
export const differences = (path: string, was: unknown, is: unknown): readonly string[] => {
  if (semanticEqual(was, is)) return [];
  if (!isObject(was) || !isObject(is)) {
    const lines = [`- ${path}: ${JSON.stringify(was)}`, `+ ${path}: ${JSON.stringify(is)}`];
    return lines.filter((_, at) => ([was, is] as const)[at] !== undefined);
  }
  const [left, right] = [was as Json, is as Json];
  const at = (key: string): string => (Array.isArray(was) ? `${path}[${key}]` : `${path}.${key}`);
  return keysOf(left, right).flatMap((key) => differences(at(key), left[key], right[key]));
};

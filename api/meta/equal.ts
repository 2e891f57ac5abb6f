// Equality of JSON values: what decides whether a write changes anything.

type Json = { readonly [key: string]: unknown };

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const equalArrays = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, at) => deepEqual(item, b[at]));

const defined = (value: Json): number => {
  let count = 0;
  for (const key in value) if (value[key] !== undefined) count++;
  return count;
};

const equalObjects = (a: Json, b: Json): boolean => {
  if (defined(a) !== defined(b)) return false;
  for (const key in a) if (a[key] !== undefined && !(Object.hasOwn(b, key) && deepEqual(a[key], b[key]))) return false;
  return true;
};

/** Whether two JSON values are the same. A key whose value is undefined counts as absent; the order of keys does not count. */
export const deepEqual = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b) || a === b) return true;
  if (!isObject(a) || !isObject(b)) return false;
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && equalArrays(a, b);
  return equalObjects(a as Json, b as Json);
};

// A set of fields of an object, as managedFields tell them: a tree by path elements, each a member or only on the way to one.
// Elements are texts in the form of FieldsV1: `f:name` a field or a map's key, `k:{…}` an item by its keys, `v:…` an item of
// a set. Sets are never changed once made. upstream: sigs.k8s.io/structured-merge-diff/fieldpath
import { isJsonObject, type JsonObject } from "../meta/json.ts";

/** A path element and what lies below it. */
export type FieldNode = { readonly own: boolean; readonly below: FieldSet };

/** Path element → node. A node is a member itself or has members below it. */
export type FieldSet = ReadonlyMap<string, FieldNode>;

/** From the object down to a field. */
export type FieldPath = readonly string[];

/** A set that is being made. */
export type FieldSetDraft = Map<string, { own: boolean; below: FieldSetDraft }>;

export const NO_FIELDS: FieldSet = new Map();

/** The path element of a field, or of a key of a map. */
export const fieldElement = (name: string): string => `f:${name}`;

/** Adds a path to a set that is being made. */
export const insertPath = (set: FieldSetDraft, path: FieldPath): void => {
  let level = set;
  for (const [depth, element] of path.entries()) {
    let node = level.get(element);
    if (node === undefined) level.set(element, (node = { own: false, below: new Map() }));
    if (depth === path.length - 1) node.own = true;
    level = node.below;
  }
};

/** The set of these paths. */
export const fieldSetOf = (paths: Iterable<FieldPath>): FieldSet => {
  const set: FieldSetDraft = new Map();
  for (const path of paths) insertPath(set, path);
  return set;
};

const combine = (a: FieldSet, b: FieldSet, of: (a: FieldNode | undefined, b: FieldNode | undefined) => FieldNode): FieldSet => {
  const result = new Map<string, FieldNode>();
  const take = (element: string): void => {
    const node = of(a.get(element), b.get(element));
    if (node.own || node.below.size > 0) result.set(element, node);
  };
  for (const element of a.keys()) take(element);
  for (const element of b.keys()) if (!a.has(element)) take(element);
  return result;
};

/** What is in either. */
export const union = (a: FieldSet, b: FieldSet): FieldSet => {
  if (a.size === 0) return b;
  if (b.size === 0) return a;
  return combine(a, b, (x, y) => ({
    own: (x?.own ?? false) || (y?.own ?? false),
    below: union(x?.below ?? NO_FIELDS, y?.below ?? NO_FIELDS),
  }));
};

/** What is in both. */
export const intersection = (a: FieldSet, b: FieldSet): FieldSet => {
  if (a.size === 0 || b.size === 0) return NO_FIELDS;
  return combine(a, b, (x, y) => ({
    own: (x?.own ?? false) && (y?.own ?? false),
    below: intersection(x?.below ?? NO_FIELDS, y?.below ?? NO_FIELDS),
  }));
};

/** What is in `a` and not in `b`. */
export const difference = (a: FieldSet, b: FieldSet): FieldSet => {
  if (a.size === 0 || b.size === 0) return a;
  return combine(a, b, (x, y) => ({
    own: (x?.own ?? false) && !(y?.own ?? false),
    below: difference(x?.below ?? NO_FIELDS, y?.below ?? NO_FIELDS),
  }));
};

/** What is in `a`, neither in `b` nor below what is in `b`. upstream: RecursiveDifference */
export const without = (a: FieldSet, b: FieldSet): FieldSet => {
  if (a.size === 0 || b.size === 0) return a;
  return combine(a, b, (x, y) =>
    y?.own === true
      ? { own: false, below: NO_FIELDS }
      : { own: x?.own ?? false, below: without(x?.below ?? NO_FIELDS, y?.below ?? NO_FIELDS) },
  );
};

/** Whether both have the same members. */
export const sameFields = (a: FieldSet, b: FieldSet): boolean => {
  if (a.size !== b.size) return false;
  for (const [element, { own, below }] of a) {
    const other = b.get(element);
    if (other === undefined || other.own !== own || !sameFields(below, other.below)) return false;
  }
  return true;
};

/** Every member, parents before what lies below them. */
export function* pathsOf(set: FieldSet, above: FieldPath = []): Generator<FieldPath> {
  for (const [element, { own, below }] of [...set].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const path = [...above, element];
    if (own) yield path;
    yield* pathsOf(below, path);
  }
}

/** The set as FieldsV1. */
export const toFieldsV1 = (set: FieldSet): JsonObject => {
  const entries = [...set].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([element, node]) => [element, nodeToFieldsV1(node)]));
};

const nodeToFieldsV1 = ({ own, below }: FieldNode): JsonObject =>
  own && below.size > 0 ? { ".": {}, ...toFieldsV1(below) } : toFieldsV1(below);

const ELEMENT = /^(f:.*|k:\{.*\}|v:.+|i:\d+)$/s;

/** The set that FieldsV1 says; undefined when it says none. */
export const fromFieldsV1 = (fields: unknown): FieldSet | undefined => {
  if (!isJsonObject(fields)) return undefined;
  const set = new Map<string, FieldNode>();
  for (const [element, value] of Object.entries(fields)) {
    if (element === ".") continue;
    const below = fromFieldsV1(value);
    if (below === undefined || !ELEMENT.test(element)) return undefined;
    set.set(element, { own: below.size === 0 || Object.hasOwn(value as JsonObject, "."), below });
  }
  return set;
};

const keyText = (element: string): string => {
  const keys = JSON.parse(element.slice(2)) as JsonObject;
  return `[${Object.entries(keys)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(",")}]`;
};

/** A path as messages write it: `.spec.containers[name="web"].image`. */
export const pathText = (path: FieldPath): string => path.map(elementText).join("");

const elementText = (element: string): string => {
  const text = element.slice(2);
  if (element.startsWith("f:")) return `.${text}`;
  if (element.startsWith("k:")) return keyText(element);
  return element.startsWith("v:") ? `[=${text}]` : `[${text}]`;
};

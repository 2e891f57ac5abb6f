// A set of fields of an object, as managedFields tell them: a tree by path elements, each a member or only on the way to one.
// Elements are texts in the form of FieldsV1: `f:name` a field or a map's key, `k:{…}` an item by its keys, `v:…` an item of
// a set. Sets are never changed once made: one that an operation leaves as it is stays the same.
// upstream: sigs.k8s.io/structured-merge-diff/fieldpath
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

const NO_NODE: FieldNode = { own: false, below: NO_FIELDS };
const LEAF_NODE: FieldNode = { own: true, below: NO_FIELDS };

const isNothing = ({ own, below }: FieldNode): boolean => !own && below.size === 0;

/** `set` with its nodes as `change` makes them of those of `other`; `set` itself when that changes nothing. */
const changed = (set: FieldSet, other: FieldSet, change: (node: FieldNode, other: FieldNode) => FieldNode): FieldSet => {
  let result: Map<string, FieldNode> | undefined;
  for (const [element, theirs] of other) {
    const before = set.get(element) ?? NO_NODE;
    const node = change(before, theirs);
    if (node.own === before.own && node.below === before.below) continue;
    result ??= new Map(set);
    if (isNothing(node)) result.delete(element);
    else result.set(element, node);
  }
  return result ?? set;
};

/** What is in either. */
export const union = (a: FieldSet, b: FieldSet): FieldSet =>
  a.size === 0 ? b : changed(a, b, (x, y) => ({ own: x.own || y.own, below: union(x.below, y.below) }));

/** What is in both. */
export const intersection = (a: FieldSet, b: FieldSet): FieldSet => {
  const [few, many] = a.size < b.size ? [a, b] : [b, a];
  const result = new Map<string, FieldNode>();
  for (const [element, x] of few) {
    const y = many.get(element) ?? NO_NODE;
    const node = { own: x.own && y.own, below: intersection(x.below, y.below) };
    if (!isNothing(node)) result.set(element, node);
  }
  return result.size > 0 ? result : NO_FIELDS;
};

/** What is in `a` and not in `b`. */
export const difference = (a: FieldSet, b: FieldSet): FieldSet =>
  a.size === 0 ? a : changed(a, b, (x, y) => ({ own: x.own && !y.own, below: difference(x.below, y.below) }));

/** What is in `a`, neither in `b` nor below what is in `b`. upstream: RecursiveDifference */
export const without = (a: FieldSet, b: FieldSet): FieldSet =>
  a.size === 0 ? a : changed(a, b, (x, y) => (y.own ? NO_NODE : { own: x.own, below: without(x.below, y.below) }));

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
  const fields: { [element: string]: JsonObject } = {};
  for (const element of [...set.keys()].toSorted()) fields[element] = nodeToFieldsV1(set.get(element) ?? NO_NODE);
  return fields;
};

const nodeToFieldsV1 = ({ own, below }: FieldNode): JsonObject =>
  own && below.size > 0 ? { ".": {}, ...toFieldsV1(below) } : toFieldsV1(below);

const ELEMENT = /^(f:.*|k:\{.*\}|v:.+|i:\d+)$/s;

/** The set that FieldsV1 says; undefined when it says none. */
export const fromFieldsV1 = (fields: unknown): FieldSet | undefined => {
  if (!isJsonObject(fields)) return undefined;
  const set = new Map<string, FieldNode>();
  for (const element in fields) {
    if (element === ".") continue;
    const value = fields[element];
    const below = fromFieldsV1(value);
    if (below === undefined || !ELEMENT.test(element)) return undefined;
    set.set(element, below.size === 0 ? LEAF_NODE : { own: Object.hasOwn(value as JsonObject, "."), below });
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

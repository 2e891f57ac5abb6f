// What the walks over objects share: what a value is under its shape, and how the items of its lists are told apart.
import { isJsonObject, type JsonObject } from "../meta/json.ts";
import { fieldElement, NO_FIELDS, pathText, type FieldNode, type FieldSet } from "./field-set.ts";
import { ANY_MAP, LEAF, type ListKey, type Shape } from "./shape.ts";

export type MapShape = Extract<Shape, { is: "map" }>;
type KnownShape = Exclude<Shape, { is: "any" }>;
export type ListShape = Extract<Shape, { is: "list" | "set" }>;

/** An object that does not fit its shape: a list item without its keys, one that stands there twice. */
export class ApplyError extends Error {
  readonly #reason: string;
  readonly #path: string;

  /** `path`: from the object down to the list, as messages write it. */
  constructor(reason: string, path = "") {
    super(path === "" ? reason : `${path}: ${reason}`);
    this.#reason = reason;
    this.#path = path;
  }

  /** The same error, told from where the path element is. */
  below(element: string): ApplyError {
    return new ApplyError(this.#reason, pathText([element]) + this.#path);
  }
}

/** What is thrown below a path element. */
export const locatedBelow = (element: string, error: unknown): unknown => (error instanceof ApplyError ? error.below(element) : error);

/** The shape that a value has: `any` is what the value is. */
export const resolved = (shape: Shape, ...values: readonly unknown[]): KnownShape => {
  if (shape.is !== "any") return shape;
  const given = values.filter((value) => value !== undefined && value !== null);
  return given.length > 0 && given.every(isJsonObject) ? ANY_MAP : { is: "leaf" };
};

/** The shape of what stands under a key. A key that a struct does not know is taken as it is. */
export const childShape = (shape: MapShape, key: string): Shape => shape.field(key) ?? shape.item ?? LEAF;

/** The map that a value is; undefined for nothing and null. */
export const mapOf = (value: unknown): JsonObject | undefined => (isJsonObject(value) ? value : undefined);

export const listOf = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined);

/** The path element of a list's item. Throws: ApplyError when it has none of its keys. */
export const elementOf = (shape: ListShape, item: unknown): string =>
  shape.is === "set" ? `v:${memberOf(item)}` : `k:{${keysOf(shape.keys, item).join(",")}}`;

const memberOf = (item: unknown): string => {
  if (Array.isArray(item)) throw new ApplyError("not supported: associative list with lists as elements");
  if (isJsonObject(item)) throw new ApplyError("associative list without keys has an element that's a map type");
  if (item === null) throw new ApplyError("associative list without keys has an element that's an explicit null");
  return JSON.stringify(item);
};

const keysOf = (keys: readonly ListKey[], item: unknown): readonly string[] => {
  if (item === null) throw new ApplyError("associative list with keys may not have a null element");
  if (!isJsonObject(item)) throw new ApplyError("associative list with keys may not have non-map elements");
  const found: string[] = [];
  for (const { name, otherwise } of keys) {
    const value = Object.hasOwn(item, name) ? item[name] : otherwise;
    if (value !== undefined) found.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
  }
  if (found.length === 0) throw new ApplyError(withoutKeys(keys));
  return found;
};

const withoutKeys = (keys: readonly ListKey[]): string => {
  const names = keys.map(({ name }) => JSON.stringify(name)).join(" ");
  return `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`;
};

/** The items of a list by their path element, in order; an element that stands there more than once has several. */
export const itemsByElement = (shape: ListShape, list: readonly unknown[]): ReadonlyMap<string, readonly unknown[]> => {
  const items = new Map<string, unknown[]>();
  for (const item of list) {
    const element = elementOf(shape, item);
    const same = items.get(element);
    if (same === undefined) items.set(element, [item]);
    else same.push(item);
  }
  return items;
};

const LEAF_NODE: FieldNode = { own: true, below: NO_FIELDS };

/** Every field that an object says something about. Throws: ApplyError. upstream: typed.ToFieldSet */
export const fieldsOf = (value: unknown, shape: Shape): FieldSet => nodeOf(value, shape).below;

const nodeOf = (value: unknown, given: Shape): FieldNode => {
  const shape = resolved(given, value);
  if (shape.is === "leaf") return LEAF_NODE;
  return { own: false, below: shape.is === "map" ? fieldsOfMap(value, shape) : fieldsOfList(value, shape) };
};

const fieldsOfMap = (value: unknown, shape: MapShape): FieldSet => {
  const set = new Map<string, FieldNode>();
  for (const [key, child] of Object.entries(mapOf(value) ?? {})) {
    if (child === undefined) continue;
    const { own, below } = nodeOf(child, childShape(shape, key));
    const isNothing = child === null || (isJsonObject(child) && Object.keys(child).length === 0);
    const node = { own: own || isNothing || shape.field(key) === undefined, below };
    if (node.own || below.size > 0) set.set(fieldElement(key), node);
  }
  return set;
};

const fieldsOfList = (value: unknown, shape: ListShape): FieldSet => {
  const set = new Map<string, FieldNode>();
  for (const item of listOf(value) ?? []) {
    set.set(elementOf(shape, item), { own: true, below: shape.is === "list" ? nodeOf(item, shape.item).below : NO_FIELDS });
  }
  return set;
};

/** The set with every field of a struct that lies on the way to a member. upstream: Set.EnsureNamedFieldsAreMembers */
export const withNamedFields = (set: FieldSet, given: Shape | undefined): FieldSet => {
  const shape = given?.is === "any" ? ANY_MAP : given;
  return new Map(
    Array.from(set, ([element, { own, below }]) => {
      const name = element.startsWith("f:") && shape?.is === "map" ? element.slice(2) : undefined;
      const isNamed = name !== undefined && shape?.is === "map" && shape.field(name) !== undefined;
      return [element, { own: own || isNamed, below: below.size === 0 ? below : withNamedFields(below, belowOf(shape, name)) }];
    }),
  );
};

const belowOf = (shape: Shape | undefined, name: string | undefined): Shape | undefined => {
  if (shape?.is === "map" && name !== undefined) return childShape(shape, name);
  return shape?.is === "list" ? shape.item : undefined;
};

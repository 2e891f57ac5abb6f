// What an applied configuration makes of an object: its fields take the place of the object's, all others stay.
// upstream: sigs.k8s.io/structured-merge-diff/typed/merge.go
import { setKey, type JsonObject } from "../meta/json.ts";
import { fieldElement, pathText } from "./field-set.ts";
import type { Shape } from "./shape.ts";
import {
  ApplyError,
  childShape,
  elementOf,
  itemsByElement,
  listOf,
  locatedBelow,
  mapOf,
  resolved,
  type ListShape,
  type MapShape,
} from "./walk.ts";

/** `object` with what `config` says. Neither is changed; parts are shared. Throws: ApplyError. */
export const merge = (object: unknown, config: unknown, given: Shape): unknown => {
  if (config === undefined) return object;
  const shape = resolved(given, object, config);
  if (shape.is === "leaf") return config;
  return shape.is === "map" ? mergeMaps(object, config, shape) : mergeLists(object, config, shape);
};

const mergeMaps = (object: unknown, config: unknown, shape: MapShape): unknown => {
  const [old, now] = [mapOf(object) ?? {}, mapOf(config)];
  if (now === undefined) return config;
  const result: { [key: string]: unknown } = { ...old };
  for (const [key, value] of Object.entries(now)) {
    try {
      setKey(result, key, merge(Object.hasOwn(old, key) ? old[key] : undefined, value, childShape(shape, key)));
    } catch (error) {
      throw locatedBelow(fieldElement(key), error);
    }
  }
  return result satisfies JsonObject;
};

const mergeLists = (object: unknown, config: unknown, shape: ListShape): unknown => {
  const [old, now] = [listOf(object) ?? [], listOf(config)];
  if (now === undefined) return config;
  requireOnce(shape, now);
  const itemShape: Shape = shape.is === "list" ? shape.item : { is: "leaf" };
  const present = itemsByElement(shape, old);
  const wanted = now.map((item) => ({ element: elementOf(shape, item), item }));
  const merged = (element: string, item: unknown): unknown => {
    const [same, ...more] = present.get(element) ?? [];
    try {
      return merge(more.length > 0 ? undefined : same, item, itemShape);
    } catch (error) {
      throw locatedBelow(element, error);
    }
  };
  return interleave(
    old.map((item) => ({ element: elementOf(shape, item), item })),
    wanted.map(({ element, item }) => ({ element, item: merged(element, item) })),
  );
};

const requireOnce = (shape: ListShape, list: readonly unknown[]): void => {
  for (const [element, items] of itemsByElement(shape, list)) {
    if (items.length > 1) throw new ApplyError(`duplicate entries for key ${pathText([element])}`);
  }
};

type Item = { readonly element: string; readonly item: unknown };

// The wanted items in their order; what only the object has keeps its place before what followed it there.
const interleave = (old: readonly Item[], wanted: readonly Item[]): readonly unknown[] => {
  const isWanted = new Set(wanted.map(({ element }) => element));
  const isPresent = new Set(old.map(({ element }) => element));
  const result: unknown[] = [];
  let at = 0;
  const keepUntil = (isEnd: (item: Item) => boolean): void => {
    for (let mine = old[at]; mine !== undefined && !isEnd(mine); mine = old[++at]) if (!isWanted.has(mine.element)) result.push(mine.item);
  };
  for (const { element, item } of wanted) {
    keepUntil((mine) => (isPresent.has(element) ? mine.element === element : isWanted.has(mine.element)));
    if (isPresent.has(element)) at++;
    result.push(item);
  }
  keepUntil(() => false);
  return result;
};

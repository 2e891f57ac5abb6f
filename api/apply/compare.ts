// Which fields a change adds, changes and takes away. upstream: sigs.k8s.io/structured-merge-diff/typed/compare.go
import { deepEqual } from "../meta/equal.ts";
import { fieldElement, insertPath, type FieldSet, type FieldSetDraft } from "./field-set.ts";
import type { Shape } from "./shape.ts";
import { childShape, itemsByElement, listOf, mapOf, resolved, type ListShape, type MapShape } from "./walk.ts";

/** What a change did. */
export type Comparison = { readonly added: FieldSet; readonly modified: FieldSet; readonly removed: FieldSet };

/** What becomes of the fields of `before` in `after`. Throws: ApplyError. */
export const compare = (before: unknown, after: unknown, shape: Shape): Comparison => {
  const walk = new Walk();
  walk.visit(before, after, shape);
  return walk;
};

const isEmpty = (value: object | undefined): boolean => value === undefined || Object.keys(value).length === 0;

class Walk implements Comparison {
  readonly added: FieldSetDraft = new Map();
  readonly modified: FieldSetDraft = new Map();
  readonly removed: FieldSetDraft = new Map();
  readonly #path: string[] = [];

  visit(before: unknown, after: unknown, given: Shape): void {
    const shape = resolved(given, before, after);
    if (shape.is === "leaf") return this.#leaf(before, after);
    const isLeaf = shape.is === "map" ? this.#map(before, after, shape) : this.#list(before, after, shape);
    if (isLeaf) return;
    if (before === undefined) this.#insert(this.added);
    else if (after === undefined) this.#insert(this.removed);
  }

  #leaf(before: unknown, after: unknown): void {
    if (before === undefined) this.#insert(this.added);
    else if (after === undefined) this.#insert(this.removed);
    else if (!deepEqual(before, after)) this.#insert(this.modified);
  }

  /** True: there is nothing below, so it was taken as a leaf; that keeps empty apart from absent. */
  #map(before: unknown, after: unknown, shape: MapShape): boolean {
    const [old, now] = [mapOf(before), mapOf(after)];
    if (isEmpty(old) && isEmpty(now)) {
      this.#leaf(before, after);
      return true;
    }
    for (const key in now) this.#field(key, [old?.[key], now[key]], shape);
    for (const key in old) if (now?.[key] === undefined) this.#field(key, [old[key], undefined], shape);
    return false;
  }

  #field(key: string, [before, after]: readonly [unknown, unknown], shape: MapShape): void {
    if (before !== after) this.#descend(fieldElement(key), [before, after], childShape(shape, key));
  }

  #list(before: unknown, after: unknown, shape: ListShape): boolean {
    const [old, now] = [listOf(before), listOf(after)];
    if (isEmpty(old) && isEmpty(now)) {
      this.#leaf(before, after);
      return true;
    }
    if (deepEqual(old, now)) return false; // most lists: telling items apart costs more than this
    const [oldItems, nowItems] = [itemsByElement(shape, old ?? []), itemsByElement(shape, now ?? [])];
    for (const [element, items] of nowItems) this.#items(element, [oldItems.get(element) ?? [], items], shape);
    for (const [element, items] of oldItems) if (!nowItems.has(element)) this.#items(element, [items, []], shape);
    return false;
  }

  /** An element that stands in a list several times is compared as a whole. */
  #items(element: string, [old, now]: readonly [readonly unknown[], readonly unknown[]], shape: ListShape): void {
    const item: Shape = shape.is === "list" ? shape.item : { is: "leaf" };
    if (old.length <= 1 && now.length <= 1) return this.#descend(element, [old[0], now[0]], item);
    if (old.length > 1 && now.length > 1) return deepEqual(old, now) ? undefined : this.#at(element, this.modified);
    if (old.length > 1) {
      if (now.length > 0) this.#descend(element, [undefined, now[0]], item);
      return this.#at(element, this.removed);
    }
    if (old.length > 0) this.#descend(element, [old[0], undefined], item);
    this.#at(element, this.added);
  }

  #descend(element: string, [before, after]: readonly [unknown, unknown], shape: Shape): void {
    if (before === after) return;
    this.#path.push(element);
    this.visit(before, after, shape);
    this.#path.pop();
  }

  #at(element: string, into: FieldSetDraft): void {
    insertPath(into, [...this.#path, element]);
  }

  #insert(into: FieldSetDraft): void {
    if (this.#path.length > 0) insertPath(into, this.#path);
  }
}

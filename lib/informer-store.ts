// What an informer knows: the objects by key, and by the values of named indexes. Pure data; it is told what to hold and
// answers what has changed.
import { objectKey, type KubeObject, type Stored } from "#api/meta/object.ts";

/** A change of what an informer holds. `object` of a deletion is its last state. */
export type Change<T extends KubeObject> =
  | { readonly type: "added"; readonly object: Stored<T>; readonly old?: undefined }
  | { readonly type: "updated"; readonly object: Stored<T>; readonly old: Stored<T> }
  | { readonly type: "deleted"; readonly object: Stored<T>; readonly old?: undefined };

/** The values of an object under one index. */
export type IndexFunction<T extends KubeObject> = (object: Stored<T>) => readonly string[];

type Index<T extends KubeObject> = { readonly valuesOf: IndexFunction<T>; readonly byValue: Map<string, Map<string, Stored<T>>> };

/** Objects of one resource, by key and by index. */
export class InformerStore<T extends KubeObject> {
  readonly #objects = new Map<string, Stored<T>>();
  readonly #indexes = new Map<string, Index<T>>();

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): Stored<T> | undefined {
    return this.#objects.get(key);
  }

  values(): MapIterator<Stored<T>> {
    return this.#objects.values();
  }

  /** The objects that have the value under the index. Throws: when nobody has added the index. */
  byIndex(name: string, value: string): readonly Stored<T>[] {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`no index ${name}`);
    return [...(index.byValue.get(value)?.values() ?? [])];
  }

  /** Adds an index over what is there and what comes; an index of that name stays as it is. */
  addIndex(name: string, valuesOf: IndexFunction<T>): void {
    if (this.#indexes.has(name)) return;
    const index: Index<T> = { valuesOf, byValue: new Map() };
    this.#indexes.set(name, index);
    for (const [key, object] of this.#objects) enter(index, key, object, valuesOf(object));
  }

  /** Holds the object in place of any with its key. */
  put(object: Stored<T>): Change<T> {
    const key = objectKey(object);
    const old = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const index of this.#indexes.values()) {
      const values = index.valuesOf(object);
      if (old !== undefined)
        leave(
          index,
          key,
          index.valuesOf(old).filter((value) => !values.includes(value)),
        );
      enter(index, key, object, values);
    }
    return old === undefined ? { type: "added", object } : { type: "updated", object, old };
  }

  /** Drops the object with this one's key. Undefined: there was none. */
  remove(object: Stored<T>): Change<T> | undefined {
    const key = objectKey(object);
    const old = this.#objects.get(key);
    if (old === undefined) return undefined;
    this.#objects.delete(key);
    for (const index of this.#indexes.values()) leave(index, key, index.valuesOf(old));
    return { type: "deleted", object };
  }

  /** Holds exactly these objects. An object whose name was given to another (a new uid) is a deletion and an addition. */
  replace(objects: ReadonlyMap<string, Stored<T>>): readonly Change<T>[] {
    const changes: (Change<T> | undefined)[] = [];
    for (const [key, old] of this.#objects) {
      if (objects.get(key)?.metadata.uid !== old.metadata.uid) changes.push(this.remove(old));
    }
    for (const [key, object] of objects) {
      if (this.#objects.get(key)?.metadata.resourceVersion !== object.metadata.resourceVersion) changes.push(this.put(object));
    }
    return changes.filter((change) => change !== undefined);
  }
}

const enter = <T extends KubeObject>({ byValue }: Index<T>, key: string, object: Stored<T>, values: readonly string[]): void => {
  for (const value of values) {
    const objects = byValue.get(value);
    if (objects === undefined) byValue.set(value, new Map([[key, object]]));
    else objects.set(key, object);
  }
};

const leave = <T extends KubeObject>({ byValue }: Index<T>, key: string, values: readonly string[]): void => {
  for (const value of values) {
    const objects = byValue.get(value);
    objects?.delete(key);
    if (objects?.size === 0) byValue.delete(value);
  }
};

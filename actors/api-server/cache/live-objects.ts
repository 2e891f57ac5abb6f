// The cluster's objects for those who decide on every request: from memory, and told of every change before the change is
// answered. It outlives the caches, which are filled anew when the store was lost.
import { objectKey, refOfKey, type KubeObject, type ObjectRef, type Stored } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import type { ObjectSource } from "../objects.ts";
import type { Caches } from "./caches.ts";
import type { ResourceCache } from "./resource-cache.ts";
import { scopedTo } from "./selection.ts";

type Changed = (ref: ObjectRef, object: Stored | undefined) => void;
type Listener = { readonly resource: Resource; readonly changed: Changed; readonly known: Set<string> };

/** An ObjectSource over whichever caches are attached. */
export class LiveObjects implements ObjectSource {
  readonly #listeners: Listener[] = [];
  #caches: Caches | undefined;

  get<T extends KubeObject>(resource: Resource<T>, { namespace = "", name }: ObjectRef): Stored<T> | undefined {
    return this.#caches?.of(resource)?.cache.get(namespace, name)?.object as Stored<T> | undefined;
  }

  *list<T extends KubeObject>(resource: Resource<T>, namespace?: string): Generator<Stored<T>> {
    for (const entry of this.#caches?.of(resource)?.cache.select(scopedTo(namespace)) ?? []) yield entry.object as Stored<T>;
  }

  follow<T extends KubeObject>(resource: Resource<T>, changed: (ref: ObjectRef, object: Stored<T> | undefined) => void): void {
    const listener: Listener = { resource, changed: changed as Changed, known: new Set() };
    this.#listeners.push(listener);
    this.#join(listener);
  }

  /** From now on these caches are what is followed. They have just been filled. */
  attach(caches: Caches): void {
    this.#caches = caches;
    for (const listener of this.#listeners) this.#join(listener);
  }

  #join(listener: Listener): void {
    const cache = this.#caches?.of(listener.resource)?.cache;
    if (cache === undefined) return;
    const gone = new Set(listener.known);
    for (const { object } of cache.entries()) {
      gone.delete(objectKey(object));
      tell(listener, objectKey(object), object);
    }
    for (const key of gone) tell(listener, key, undefined);
    this.#follow(listener, cache);
  }

  #follow(listener: Listener, cache: ResourceCache): void {
    cache.onChange(({ entry, deleted }) => {
      const { object } = entry;
      tell(listener, objectKey(object), deleted ? undefined : object);
    });
  }
}

const tell = ({ known, changed }: Listener, key: string, object: Stored | undefined): void => {
  if (object === undefined) known.delete(key);
  else known.add(key);
  changed(refOfKey(key), object);
};

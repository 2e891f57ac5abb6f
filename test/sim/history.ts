// What the store of a simulation holds and held, seen from beside: every change of every bucket, followed from the first.
// S2 is watched here, and what is stored is looked at by whoever asks to.
import type { KubeObject, Stored } from "#api/meta/object.ts";
import type { Bucket, Change, Store, StoreKey } from "#lib/store.ts";
import { Violation } from "./world.ts";

/** A change as others see it. `object` is undefined after a delete; `old` is what was there before. */
export type Seen = {
  readonly key: StoreKey;
  readonly revision: number;
  readonly object: Stored | undefined;
  readonly old: Stored | undefined;
};

/** An object that is there, and its place. */
export type Held = { readonly key: StoreKey; readonly object: Stored };

const decoder = new TextDecoder();

/** `pods`, `deployments.apps`. */
export const resourceOf = ({ group, resource }: { readonly group: string; readonly resource: string }): string =>
  group === "" ? resource : `${resource}.${group}`;

export const placeOf = (key: StoreKey): string => `${resourceOf(key)}/${key.namespace}/${key.name}`;

export class History {
  readonly #objects = new Map<string, Map<string, Held>>();
  readonly #marks = new Map<string, Seen[]>();
  readonly #written = new Map<string, Seen>();
  readonly #living = new Map<string, Stored>();
  readonly #newest = new Map<Bucket, number>();
  readonly #listeners: ((seen: Seen) => void)[] = [];
  readonly #violated: (violation: Violation) => void;

  constructor(store: Store, violated: (violation: Violation) => void, signal: AbortSignal) {
    this.#violated = violated;
    for (const bucket of ["objects", "leases", "events"] as const) {
      const follower = {
        changes: (batch: readonly Change[]) => batch.forEach((change) => this.#take(bucket, change)),
        caughtUp: () => undefined,
        ended: (error: Error) => violated(new Violation("S3", `the follower of ${bucket} was ended: ${error.message}`)),
      };
      store.follow(bucket, follower, signal);
    }
  }

  onChange(listener: (seen: Seen) => void): void {
    this.#listeners.push(listener);
  }

  /** The objects of a resource that are there now. */
  list<T extends KubeObject>(resource: string): readonly Stored<T>[] {
    return Array.from(this.#objects.get(resource)?.values() ?? [], ({ object }) => object as Stored<T>);
  }

  /** Everything that is there now. */
  all(): readonly Held[] {
    return [...this.#objects.values()].flatMap((held) => [...held.values()]);
  }

  /** The object with that UID, if it is there now. */
  living(uid: string): Stored | undefined {
    return this.#living.get(uid);
  }

  /** The change that gave this object that revision. */
  at(key: StoreKey, revision: number): Seen | undefined {
    return this.#written.get(`${placeOf(key)}@${revision}`);
  }

  /** Every change of a resource, in order; the list grows as changes come. */
  marks(resource: string): readonly Seen[] {
    return getOrAdd(this.#marks, resource, () => []);
  }

  /** The objects of a resource as they were at a revision, by place. */
  stateAt(resource: string, revision: number): ReadonlyMap<string, Stored> {
    const state = new Map<string, Stored>();
    for (const seen of this.marks(resource)) {
      if (seen.revision > revision) break;
      const place = placeOf(seen.key);
      if (seen.object === undefined) state.delete(place);
      else state.set(place, seen.object);
    }
    return state;
  }

  #take(bucket: Bucket, { type, key, value, revision }: Change): void {
    const newest = this.#newest.get(bucket) ?? 0;
    if (revision <= newest) this.#violated(new Violation("S2", `${bucket}: revision ${revision} after ${newest}`));
    this.#newest.set(bucket, revision);
    const objects = getOrAdd(this.#objects, resourceOf(key), () => new Map<string, Held>());
    const place = placeOf(key);
    const old = objects.get(place)?.object;
    const object = type === "delete" ? undefined : parse(value, revision);
    if (object === undefined) objects.delete(place);
    else objects.set(place, { key, object });
    if (old !== undefined) this.#living.delete(old.metadata.uid);
    if (object !== undefined) this.#living.set(object.metadata.uid, object);
    this.#mark({ key, revision, object, old });
  }

  #mark(seen: Seen): void {
    this.#written.set(`${placeOf(seen.key)}@${seen.revision}`, seen);
    getOrAdd(this.#marks, resourceOf(seen.key), () => []).push(seen);
    for (const listener of this.#listeners) listener(seen);
  }
}

const getOrAdd = <V>(map: Map<string, V>, key: string, make: () => V): V => {
  const present = map.get(key);
  if (present !== undefined) return present;
  const made = make();
  map.set(key, made);
  return made;
};

const parse = (value: Uint8Array, revision: number): Stored => {
  const object = JSON.parse(decoder.decode(value)) as Stored;
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
};

// A local, indexed copy of one resource, kept current by a watch. Controllers read it instead of the API server.
//
// I1 `revision` never passes a change that `get`, `list` and the listeners do not have yet. I2 per key, listeners see an
// ordered history; after a relist they see the difference, never a silent jump. I3 nothing is resynced on a timer: a
// change is told once. I4 listeners run before the next event is read, and one that throws harms no other.
import { createActor, fromPromise } from "xstate";
import { objectKey, type KubeObject, type Stored } from "#api/meta/object.ts";
import { groupResource, type Resource } from "#api/meta/resource.ts";
import { isReason } from "#api/meta/status.ts";
import { backoffMs } from "./backoff.ts";
import type { ComponentPorts } from "./component.ts";
import { informerMachine, type Ending } from "./informer-machine.ts";
import { InformerStore, type Change, type IndexFunction } from "./informer-store.ts";
import { watch, type WatchEvent } from "./watch.ts";

export type { Change } from "./informer-store.ts";

/** Named indexes: the values under which an object is found. */
export type Indexers<T extends KubeObject> = { readonly [name: string]: IndexFunction<T> };

/** Which objects an informer holds. */
export type InformerScope = {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
};

export type InformerOptions<T extends KubeObject> = ComponentPorts &
  InformerScope & { readonly resource: Resource<T>; readonly indexers?: Indexers<T> | undefined };

type Listener<T extends KubeObject> = (change: Change<T>) => void;
type Waiter = { readonly reached: () => boolean; readonly resolve: () => void };

const BACKOFF = { baseMs: 200, maxMs: 30_000 };
/** Bounds of a watch's length, in seconds: the server ends it somewhere between. upstream: client-go reflector, minWatchTimeout */
const WATCH_SECONDS = { least: 300, spread: 300 };
/** Ends the list in a watch-list stream. upstream: metav1.InitialEventsAnnotationKey */
const LIST_END = "k8s.io/initial-events-end";

/** A current copy of one resource. */
export class Informer<T extends KubeObject> {
  readonly resource: Resource<T>;
  /** Resolves when the first list is complete. */
  readonly synced: Promise<void>;
  readonly #options: InformerOptions<T>;
  readonly #store = new InformerStore<T>();
  readonly #listeners = new Set<Listener<T>>();
  readonly #waiters = new Set<Waiter>();
  readonly #markSynced: () => void;
  #hasSynced = false;
  #revision = 0;
  #started = false;

  constructor(options: InformerOptions<T>) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.resource = options.resource;
    this.synced = promise;
    this.#markSynced = resolve;
    this.#options = options;
    for (const [name, valuesOf] of Object.entries(options.indexers ?? {})) this.addIndex(name, valuesOf);
  }

  /** Begins to list and watch, until `signal` is aborted. Later calls do nothing. */
  start(signal: AbortSignal): void {
    if (this.#started || signal.aborted) return;
    this.#started = true;
    const { clock, random, inspect, resource } = this.#options;
    const machine = informerMachine.provide({
      actors: {
        follow: fromPromise(({ input, signal: ended }) => this.#follow(input.resume, () => actor.send({ type: "list.completed" }), ended)),
      },
      delays: { backoffMs: ({ context }) => (context.failures === 0 ? 0 : backoffMs(BACKOFF, context.failures, random)) },
    });
    const actor = createActor(machine, { id: `informer/${groupResource(resource)}`, clock, ...(inspect === undefined ? {} : { inspect }) });
    signal.addEventListener("abort", () => actor.stop(), { once: true });
    actor.start();
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** The resourceVersion up to which everything is known here. */
  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    return this.#store.size;
  }

  /** The object with this `objectKey`. */
  get(key: string): Stored<T> | undefined {
    return this.#store.get(key);
  }

  list(): readonly Stored<T>[] {
    return [...this.#store.values()];
  }

  /** The objects as an iterator, for a look at all of them without a copy. */
  values(): MapIterator<Stored<T>> {
    return this.#store.values();
  }

  /** The objects that have the value under the named index. Throws: when nobody has added the index. */
  byIndex(name: string, value: string): readonly Stored<T>[] {
    return this.#store.byIndex(name, value);
  }

  /** Adds an index; one of that name stays as it is. */
  addIndex(name: string, valuesOf: IndexFunction<T>): void {
    this.#store.addIndex(name, valuesOf);
  }

  /** Tells of what is here now, as additions, and of every later change. The answer unsubscribes. */
  onChange(listener: Listener<T>): () => void {
    for (const object of this.#store.values()) this.#call(listener, { type: "added", object });
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves once `reached` holds; it is asked now and after every event. Throws: the signal's reason. */
  waitUntil(reached: () => boolean, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    if (reached()) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      this.#waiters.delete(waiter);
      reject(signal.reason as Error);
    };
    const waiter: Waiter = {
      reached,
      resolve: () => {
        signal.removeEventListener("abort", leave);
        resolve();
      },
    };
    signal.addEventListener("abort", leave, { once: true });
    this.#waiters.add(waiter);
    return promise;
  }

  /** Resolves once everything up to `resourceVersion` is known here. Throws: the signal's reason. */
  waitForRevision(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const wanted = Number(resourceVersion);
    return this.waitUntil(() => this.#revision >= wanted, signal);
  }

  async #follow(resume: boolean, onListed: () => void, signal: AbortSignal): Promise<Ending> {
    const { client, resource, logger } = this.#options;
    const receive = resume ? (event: WatchEvent<T>) => this.#apply(event) : this.#lister(onListed);
    let lived = false;
    try {
      await watch(
        { client, resource, options: this.#watchOptions(resume) },
        (event) => {
          lived = true;
          receive(event);
        },
        signal,
      );
      return { why: "closed", lived };
    } catch (error) {
      const why = isReason(error, "Expired") || isReason(error, "Gone") ? "expired" : "failed";
      if (!signal.aborted) logger(why === "failed" ? "warn" : "info", "watch ended", { resource: groupResource(resource), why, error });
      return { why, lived };
    }
  }

  #watchOptions(resume: boolean) {
    const { namespace, labelSelector, fieldSelector, random } = this.#options;
    return {
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      ...(resume
        ? { resourceVersion: String(this.#revision) }
        : ({ sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" } as const)),
      allowWatchBookmarks: true,
      timeoutSeconds: Math.floor(WATCH_SECONDS.least + random.next() * WATCH_SECONDS.spread),
    };
  }

  /** Collects the list and takes it over as a whole; what comes after it is applied as it comes. */
  #lister(onListed: () => void): (event: WatchEvent<T>) => void {
    let incoming: Map<string, Stored<T>> | undefined = new Map();
    return (event) => {
      if (incoming === undefined) return this.#apply(event);
      if (event.type === "DELETED") return void incoming.delete(objectKey(event.object));
      if (event.type !== "BOOKMARK") return void incoming.set(objectKey(event.object), event.object);
      if (event.object.metadata.annotations?.[LIST_END] !== "true") return undefined;
      const changes = this.#store.replace(incoming);
      incoming = undefined;
      this.#revision = Number(event.object.metadata.resourceVersion);
      this.#hasSynced = true;
      this.#markSynced();
      onListed();
      for (const change of changes) this.#tell(change);
      return this.#wake();
    };
  }

  #apply(event: WatchEvent<T>): void {
    this.#revision = Number(event.object.metadata.resourceVersion);
    if (event.type !== "BOOKMARK") {
      const change = event.type === "DELETED" ? this.#store.remove(event.object) : this.#store.put(event.object);
      if (change !== undefined) this.#tell(change);
    }
    this.#wake();
  }

  #tell(change: Change<T>): void {
    for (const listener of this.#listeners) this.#call(listener, change);
  }

  #call(listener: Listener<T>, change: Change<T>): void {
    try {
      listener(change);
    } catch (error) {
      const { logger, resource } = this.#options;
      logger("error", "listener of an informer failed", { resource: groupResource(resource), object: objectKey(change.object), error });
    }
  }

  #wake(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.reached()) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }
}

// One follower of one bucket of the store, feeding the caches of the resources that live in it.
//
// I1 `revision` moves only when every cache and watcher has what came before it. I2 whoever waits for a revision is told
// once the caches have passed it: so a client that was answered reads its own write.
import type { Kind } from "#api/kind.ts";
import { groupResource } from "#api/meta/resource.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { Bucket, Change, Follower, Store } from "#lib/store.ts";
import type { HistoryLimits } from "./history.ts";
import { ResourceCache } from "./resource-cache.ts";

export type CachePorts = { readonly store: Store; readonly clock: Clock; readonly log: Logger };

type Waiter = { readonly revision: number; readonly resolve: () => void };

/** A bucket as it is now. */
export class BucketCache implements Follower {
  readonly bucket: Bucket;
  /** Resolves when all that stood in the bucket at the start is here. Throws: the error that ended the following. */
  readonly filled: Promise<void>;
  /** Resolves with the error that ended the following. */
  readonly lost: Promise<Error>;
  readonly #ports: CachePorts & { readonly history: HistoryLimits };
  readonly #resources = new Map<string, ResourceCache>();
  readonly #waiters = new Set<Waiter>();
  /** What lies in the store of kinds that are not served: some may be served later. By resource and place. */
  readonly #unserved = new Map<string, Map<string, Change>>();
  readonly #filled = Promise.withResolvers<void>();
  readonly #lost = Promise.withResolvers<Error>();
  #revision = 0;
  #loading = true;

  constructor(bucket: Bucket, ports: CachePorts & { readonly history: HistoryLimits }) {
    this.bucket = bucket;
    this.#ports = ports;
    this.filled = this.#filled.promise;
    this.lost = this.#lost.promise;
    this.filled.catch(() => undefined); // told by `lost` too
  }

  /** The revision up to which everything is here. */
  get revision(): number {
    return this.#revision;
  }

  get resources(): Iterable<ResourceCache> {
    return this.#resources.values();
  }

  /** The cache of a resource of this bucket. */
  of(resource: { readonly group: string; readonly resource: string }): ResourceCache | undefined {
    return this.#resources.get(groupResource(resource));
  }

  /** From now on these kinds have caches. Whoever watches one that has none any more is told that it ended. */
  serve(kinds: readonly Kind[]): void {
    const gone = new Set(this.#resources.keys());
    for (const kind of kinds) {
      gone.delete(groupResource(kind));
      if (this.of(kind)?.kind !== kind) this.#add(kind);
    }
    for (const name of gone) this.#withdraw(name);
  }

  /** Begins to follow, until `signal` is aborted. */
  start(signal: AbortSignal): void {
    this.#ports.store.follow(this.bucket, this, signal);
  }

  /** Resolves once everything up to `revision` is here. Throws: the signal's reason. */
  waitFor(revision: number, signal?: AbortSignal): Promise<void> {
    if (revision <= this.#revision) return Promise.resolve();
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      this.#waiters.delete(waiter);
      reject(signal?.reason as Error);
    };
    const waiter: Waiter = {
      revision,
      resolve: () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      },
    };
    signal?.addEventListener("abort", leave, { once: true });
    this.#waiters.add(waiter);
    return promise;
  }

  /** Waits until what was in the store when this was called is here. Throws: StoreUnavailable, the signal's reason. */
  async catchUp(signal?: AbortSignal): Promise<void> {
    await this.waitFor(await this.#ports.store.revision(this.bucket, signal), signal);
  }

  changes(batch: readonly Change[]): void {
    const now = this.#ports.clock.now();
    for (const change of batch) {
      this.#take(change, now);
      this.#revision = Math.max(this.#revision, change.revision);
    }
    this.#wake();
  }

  caughtUp(revision: number): void {
    this.#loading = false;
    this.#revision = Math.max(this.#revision, revision);
    for (const resource of this.#resources.values()) resource.loaded(this.#revision);
    this.#wake();
    this.#filled.resolve();
  }

  ended(error: Error): void {
    this.#filled.reject(error);
    this.#lost.resolve(error);
  }

  #take(change: Change, now: number): void {
    const name = groupResource(change.key);
    const resource = this.#resources.get(name);
    if (resource === undefined) this.#keep(name, change);
    else if (this.#loading) resource.load(change);
    else resource.apply(change, now);
  }

  #keep(resource: string, change: Change): void {
    const { namespace, name } = change.key;
    const kept = this.#unserved.get(resource) ?? new Map<string, Change>();
    this.#unserved.set(resource, kept);
    if (change.type === "put") kept.set(`${namespace}/${name}`, change);
    else kept.delete(`${namespace}/${name}`);
  }

  #add(kind: Kind): void {
    const resource = groupResource(kind);
    this.#withdraw(resource);
    const cache = new ResourceCache(kind, this.#ports.history);
    for (const change of this.#unserved.get(resource)?.values() ?? []) cache.load(change);
    if (!this.#loading) cache.loaded(this.#revision);
    this.#unserved.delete(resource);
    this.#resources.set(resource, cache);
  }

  #withdraw(resource: string): void {
    const cache = this.#resources.get(resource);
    if (cache === undefined) return;
    this.#resources.delete(resource);
    for (const { key, value, revision } of cache.entries()) this.#keep(resource, { type: "put", key, value, revision });
    for (const watcher of cache.watchers.all()) watcher.end();
  }

  #wake(): void {
    for (const waiter of this.#waiters) {
      if (waiter.revision > this.#revision) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }
}

// The Store in memory, for simulations and tests: deterministic, with faults drawn by whoever simulates.
//
// The content outlives a store: a simulated API server that crashes closes its store and opens another on the same content.
import { type Clock, sleep } from "#lib/clock.ts";
import { encodeKey } from "#lib/nats/subject.ts";
import { type Bucket, type Change, type Follower, RevisionConflict, type Store, type StoreKey, StoreUnavailable } from "#lib/store.ts";

/** What may go wrong. Each is asked once per step; a simulation answers from its seed. */
type StoreFaults = {
  /** Milliseconds by which a write is late, its answer, or the next changes to a follower. */
  readonly delayMs?: (step: "write" | "answer" | "changes") => number;
  /** True: the write, or only its answer, is lost. */
  readonly isLost?: (step: "write" | "answer") => boolean;
};

export type MemoryStoreOptions = { readonly clock: Clock; readonly faults: StoreFaults };

type BucketContent = {
  /** Each key's newest change, in the order of revisions. */
  readonly newest: Map<string, Change>;
  readonly listeners: Set<(change: Change) => void>;
  revision: number;
};

const emptyBucket = (): BucketContent => ({ newest: new Map(), listeners: new Set(), revision: 0 });

/** What a store holds. */
export type MemoryContent = Readonly<Record<Bucket, BucketContent>>;

/** Nothing yet. */
export const emptyContent = (): MemoryContent => ({ objects: emptyBucket(), leases: emptyBucket(), events: emptyBucket() });

type Write = Pick<Change, "type" | "key" | "value"> & { readonly expected: number };

const apply = (bucket: BucketContent, { expected, ...written }: Write): number => {
  const text = encodeKey(written.key);
  const newest = bucket.newest.get(text);
  const present = newest?.type === "put" ? newest.revision : 0;
  if (present !== expected) throw new RevisionConflict(`expected revision ${expected}, the key has ${present}`);
  const change: Change = { ...written, revision: ++bucket.revision };
  bucket.newest.delete(text); // so that the map stays in the order of revisions
  bucket.newest.set(text, change);
  for (const listener of bucket.listeners) listener(change);
  return change.revision;
};

/** A store on `content`. */
export class MemoryStore implements Store {
  readonly #content: MemoryContent;
  readonly #options: MemoryStoreOptions | undefined;
  readonly #closing = new AbortController();

  constructor(content: MemoryContent = emptyContent(), options?: MemoryStoreOptions) {
    this.#content = content;
    this.#options = options;
  }

  // oxlint-disable-next-line max-params -- the port's signature
  put(bucket: Bucket, key: StoreKey, value: Uint8Array, expected: number, signal?: AbortSignal): Promise<number> {
    return this.#write(bucket, { type: "put", key, value, expected }, signal);
  }

  // oxlint-disable-next-line max-params -- the port's signature
  delete(bucket: Bucket, key: StoreKey, last: Uint8Array, expected: number, signal?: AbortSignal): Promise<number> {
    return this.#write(bucket, { type: "delete", key, value: last, expected }, signal);
  }

  follow(bucket: Bucket, follower: Follower, signal: AbortSignal): void {
    const over = AbortSignal.any([signal, this.#closing.signal]);
    if (over.aborted) return;
    const content = this.#content[bucket];
    const start = content.revision;
    let waiting: Change[] = Array.from(content.newest.values());
    let isCaughtUp = false;
    let isGiving = false;
    const give = async (): Promise<void> => {
      isGiving = true;
      await this.#late("changes");
      isGiving = false;
      if (over.aborted) return;
      const batch = waiting;
      waiting = [];
      if (batch.length > 0) follower.changes(batch);
      if (isCaughtUp) return;
      isCaughtUp = true;
      follower.caughtUp(Math.max(start, batch.at(-1)?.revision ?? 0));
    };
    const listener = (change: Change): void => {
      waiting.push(change);
      if (!isGiving) void give();
    };
    content.listeners.add(listener);
    over.addEventListener("abort", () => content.listeners.delete(listener), { once: true });
    void give();
  }

  compact(bucket: Bucket, revision: number): Promise<void> {
    const { newest } = this.#content[bucket];
    for (const [text, change] of newest) if (change.type === "delete" && change.revision <= revision) newest.delete(text);
    return Promise.resolve();
  }

  revision(bucket: Bucket): Promise<number> {
    return Promise.resolve(this.#content[bucket].revision);
  }

  close(): Promise<void> {
    this.#closing.abort();
    return Promise.resolve();
  }

  async #write(bucket: Bucket, write: Write, signal: AbortSignal | undefined): Promise<number> {
    signal?.throwIfAborted();
    await this.#late("write");
    if (this.#closing.signal.aborted || this.#isLost("write")) throw new StoreUnavailable("the write was lost");
    const revision = apply(this.#content[bucket], write);
    await this.#late("answer");
    if (this.#closing.signal.aborted || this.#isLost("answer")) throw new StoreUnavailable("the answer was lost");
    return revision;
  }

  async #late(step: "write" | "answer" | "changes"): Promise<void> {
    const delayMs = this.#options?.faults.delayMs?.(step) ?? 0;
    if (this.#options !== undefined && delayMs > 0) await sleep(this.#options.clock, delayMs);
  }

  #isLost(step: "write" | "answer"): boolean {
    return this.#options?.faults.isLost?.(step) ?? false;
  }
}

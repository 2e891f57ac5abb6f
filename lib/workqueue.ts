// The border between noticing and reconciling: a queue of keys with client-go's contract (upstream: client-go/util/workqueue).
//
// I1 fair: keys are given in the order they came. I2 stingy: a key added many times before it is taken is given once.
// I3 one consumer per key: a key that is being processed is not given again before `done`; added meanwhile, it is given
// once more afterwards. I4 after `shutDown` nothing is added, what stands is still given, then consumers get undefined.
import type { Clock } from "./clock.ts";
import { DelayQueue } from "./delay-queue.ts";

/** Taken keys stay at the front of the array until they are this many. */
const COMPACT_AT = 1_000;

export type WorkQueueOptions = {
  readonly clock: Clock;
  /** The first delay of `addRateLimited`; it doubles with each failure of the key. */
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
  /** Told whenever the number of waiting keys has changed. */
  readonly onDepth?: (depth: number) => void;
};

/** A deduplicating, rate-limited queue of keys. */
export class WorkQueue<K> {
  readonly #clock: Clock;
  readonly #baseDelayMs: number;
  readonly #maxDelayMs: number;
  readonly #onDepth: (depth: number) => void;
  readonly #delayed: DelayQueue<K>;
  #ready: K[] = [];
  #head = 0;
  readonly #dirty = new Set<K>();
  readonly #processing = new Set<K>();
  readonly #failures = new Map<K, number>();
  readonly #consumers = new Set<(key: K | undefined) => void>();
  #shutDown = false;

  constructor({ clock, baseDelayMs = 5, maxDelayMs = 1_000_000, onDepth = () => undefined }: WorkQueueOptions) {
    this.#clock = clock;
    this.#baseDelayMs = baseDelayMs;
    this.#maxDelayMs = maxDelayMs;
    this.#onDepth = onDepth;
    this.#delayed = new DelayQueue(clock, (key) => this.add(key));
  }

  /** Keys that are ready to be taken. */
  get depth(): number {
    return this.#ready.length - this.#head;
  }

  /** Keys taken and not yet done. */
  get processing(): number {
    return this.#processing.size;
  }

  /** Keys that wait for a delay to pass. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /** Keys that were rate-limited and not forgotten since. */
  get failing(): number {
    return this.#failures.size;
  }

  /** Adds the key now. */
  add(key: K): void {
    if (this.#shutDown || this.#dirty.has(key)) return;
    this.#dirty.add(key);
    if (!this.#processing.has(key)) this.#offer(key);
  }

  /** Adds the key after a delay; of several delays of one key the soonest counts. */
  addAfter(key: K, delayMs: number): void {
    if (this.#shutDown) return;
    if (delayMs <= 0) this.add(key);
    else this.#delayed.setSooner(key, this.#clock.now() + delayMs);
  }

  /** Adds the key after its back-off, which doubles until `forget`. */
  addRateLimited(key: K): void {
    const failures = this.failures(key);
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(this.#baseDelayMs * 2 ** failures, this.#maxDelayMs));
  }

  /** How often the key was rate-limited since it was last forgotten. */
  failures(key: K): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The key went well: its next back-off starts anew. */
  forget(key: K): void {
    this.#failures.delete(key);
  }

  /** Takes the next key, waiting for one; undefined once the queue is shut down and empty, or `signal` is aborted. */
  take(signal?: AbortSignal): Promise<K | undefined> {
    if (signal?.aborted === true) return Promise.resolve(undefined);
    if (this.depth > 0) return Promise.resolve(this.#shift());
    if (this.#shutDown) return Promise.resolve(undefined);
    const { promise, resolve } = Promise.withResolvers<K | undefined>();
    const leave = (): void => settle(undefined);
    const settle = (key: K | undefined): void => {
      signal?.removeEventListener("abort", leave);
      this.#consumers.delete(settle);
      resolve(key);
    };
    signal?.addEventListener("abort", leave, { once: true });
    this.#consumers.add(settle);
    return promise;
  }

  /** Every key that `take` would give, until it would give undefined. */
  keys(signal?: AbortSignal): AsyncIterable<K> {
    const next = async (): Promise<IteratorResult<K, undefined>> => {
      const key = await this.take(signal);
      return key === undefined ? { done: true, value: undefined } : { done: false, value: key };
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  /** The consumer has finished with the key. */
  done(key: K): void {
    if (this.#processing.delete(key) && this.#dirty.has(key)) this.#offer(key);
  }

  /** Accepts nothing more and forgets what is delayed; what is ready is still given. */
  shutDown(): void {
    this.#shutDown = true;
    this.#delayed.clear();
    for (const consumer of this.#consumers) consumer(undefined);
  }

  #offer(key: K): void {
    this.#ready.push(key);
    const [consumer] = this.#consumers;
    if (consumer === undefined) this.#onDepth(this.depth);
    else consumer(this.#shift());
  }

  #shift(): K | undefined {
    const key = this.#ready[this.#head++] as K;
    if (this.#head > COMPACT_AT && this.#head * 2 > this.#ready.length) {
      this.#ready = this.#ready.slice(this.#head);
      this.#head = 0;
    }
    this.#dirty.delete(key);
    this.#processing.add(key);
    this.#onDepth(this.depth);
    return key;
  }
}

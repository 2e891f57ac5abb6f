// Events are history, not state: each goes an hour after it last changed. The server deletes it like any object, so that
// whoever watches hears of it. upstream: kube-apiserver --event-ttl
import type { CoreV1Event } from "#api/generated/types.ts";
import type { Clock } from "#lib/clock.ts";
import { DelayQueue } from "#lib/delay-queue.ts";
import type { Entry } from "./cache/entry.ts";
import type { ResourceCache } from "./cache/resource-cache.ts";

/** When a deletion that failed is tried again, milliseconds. */
const RETRY_MS = 60_000;

export type ExpiryOptions = {
  readonly clock: Clock;
  readonly ttlMs: number;
  /** Deletes the object if it is still at this revision. */
  readonly remove: (entry: Entry) => Promise<void>;
};

/** Lets the objects of a cache go when their time has come. */
export class Expiry {
  readonly #cache: ResourceCache;
  readonly #options: ExpiryOptions;
  readonly #queue: DelayQueue<string>;

  constructor(cache: ResourceCache, options: ExpiryOptions) {
    const { clock, ttlMs } = options;
    this.#cache = cache;
    this.#options = options;
    this.#queue = new DelayQueue(clock, (place) => void this.#expire(place));
    for (const entry of cache.entries()) this.#queue.set(placeOf(entry), lastChangeOf(entry) + ttlMs);
    cache.onChange(({ entry, deleted }) => {
      if (deleted) this.#queue.delete(placeOf(entry));
      else this.#queue.set(placeOf(entry), clock.now() + ttlMs);
    });
  }

  /** Forgets what was to come. */
  stop(): void {
    this.#queue.clear();
  }

  async #expire(place: string): Promise<void> {
    const [namespace = "", name = ""] = place.split("/");
    const entry = this.#cache.get(namespace, name);
    if (entry === undefined) return;
    try {
      await this.#options.remove(entry);
    } catch {
      this.#queue.set(place, this.#options.clock.now() + RETRY_MS); // the store is away, or the event has just changed
    }
  }
}

const placeOf = ({ key }: Entry): string => `${key.namespace}/${key.name}`;

/** The newest instant that an event tells of. */
const lastChangeOf = ({ object }: Entry): number => {
  const { lastTimestamp, eventTime, series, metadata } = object as CoreV1Event;
  const instants = [series?.lastObservedTime, lastTimestamp, eventTime, metadata.creationTimestamp];
  return Math.max(0, ...instants.map((instant) => Date.parse(instant ?? "")).filter((ms) => !Number.isNaN(ms)));
};

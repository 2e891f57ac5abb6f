// What the server does from time to time, without being asked.
import { events } from "#api/core/v1/event.ts";
import { sleep, type Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { Bucket, Store } from "#lib/store.ts";
import type { Caches } from "./cache/caches.ts";
import type { Entry } from "./cache/entry.ts";
import type { Watcher } from "./cache/watcher.ts";

import type { Core } from "./core.ts";
import { Expiry } from "./expiry.ts";
import { erase } from "./pipeline/storage.ts";

/** Calls `work` every `ms` until the signal is aborted. */
export const every = async (clock: Clock, ms: number, work: () => void, signal: AbortSignal): Promise<void> => {
  for (;;) {
    try {
      await sleep(clock, ms, signal);
    } catch {
      return; // aborted
    }
    work();
  }
};

/** Everybody who watches. */
export function* watchersOf({ buckets }: Caches): Generator<Watcher> {
  for (const { resources } of buckets) for (const { watchers } of resources) yield* watchers.all();
}

/** Tells watchers how far they have come, so that a quiet one can resume where it is. */
export const bookmark = ({ buckets }: Caches): void => {
  for (const bucket of buckets) {
    for (const { watchers } of bucket.resources) for (const watcher of watchers.all()) watcher.bookmark(bucket.revision);
  }
};

/** Deletes events whose time has come, until the signal is aborted. */
export const expireEvents = (core: Core, signal: AbortSignal): void => {
  const served = core.caches.of(events);
  if (served === undefined) return;
  const { clock, config } = core.ports;
  const remove = async (entry: Entry): Promise<void> => void (await erase(core, served, { entry, value: entry.value }, signal));
  const expiry = new Expiry(served.cache, { clock, ttlMs: config.eventTtlMs, remove });
  signal.addEventListener("abort", () => expiry.stop(), { once: true });
};

/** Drops the delete markers that stood when it was last called: no cache filled since then needs them. */
export class Compactor {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #last = new Map<Bucket, number>();

  constructor(store: Store, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** A failure is logged; the next run makes up for it. */
  run({ buckets }: Caches): void {
    for (const { bucket, revision } of buckets) {
      const floor = this.#last.get(bucket) ?? 0;
      this.#last.set(bucket, revision);
      if (floor === 0) continue;
      this.#store
        .compact(bucket, floor)
        .catch((error: unknown) => this.#log("warn", "delete markers could not be dropped", { bucket, error }));
    }
  }
}

// A store whose writes are timed. upstream: apiserver/pkg/storage/etcd3/metrics
import type { Clock } from "#lib/clock.ts";
import type { Bucket, Follower, Store, StoreKey } from "#lib/store.ts";
import type { Family, Sample } from "#lib/metrics.ts";
import { Histogram, histogram } from "./histogram.ts";

const SECONDS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

type Series = { readonly labels: Sample["labels"]; readonly durations: Histogram; errors: number };

/** Hands on everything to a store, and times its writes. */
export class MeasuredStore implements Store {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  put(...asked: Parameters<Store["put"]>): Promise<number> {
    const [, key, , expected] = asked;
    return this.#timed(expected === 0 ? "create" : "update", key, () => this.#store.put(...asked));
  }

  delete(...asked: Parameters<Store["delete"]>): Promise<number> {
    const [, key] = asked;
    return this.#timed("delete", key, () => this.#store.delete(...asked));
  }

  follow(bucket: Bucket, follower: Follower, signal: AbortSignal): void {
    this.#store.follow(bucket, follower, signal);
  }

  compact(bucket: Bucket, revision: number, signal?: AbortSignal): Promise<void> {
    return this.#store.compact(bucket, revision, signal);
  }

  revision(bucket: Bucket, signal?: AbortSignal): Promise<number> {
    return this.#store.revision(bucket, signal);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /** The families under upstream's names, which say etcd to every store. */
  families(): readonly Family[] {
    const all = [...this.#series.values()];
    return [
      histogram(
        "etcd_request_duration_seconds",
        "Etcd request latency in seconds for each operation and object type.",
        all.map(({ labels, durations }) => [labels, durations]),
      ),
      {
        name: "etcd_requests_total",
        help: "Etcd request counts for each operation and object type.",
        type: "counter",
        values: all.map(({ labels, durations }) => ({ labels, value: durations.count })),
      },
      {
        name: "etcd_request_errors_total",
        help: "Etcd failed request counts for each operation and object type.",
        type: "counter",
        values: all.map(({ labels, errors }) => ({ labels, value: errors })),
      },
    ];
  }

  async #timed(operation: string, key: StoreKey, work: () => Promise<number>): Promise<number> {
    const series = this.#of(operation, key);
    const startedAt = this.#clock.now();
    try {
      return await work();
    } catch (error) {
      series.errors++;
      throw error;
    } finally {
      series.durations.observe((this.#clock.now() - startedAt) / 1000);
    }
  }

  #of(operation: string, { group, resource }: StoreKey): Series {
    const key = `${operation} ${group}/${resource}`;
    const series = this.#series.get(key) ?? { labels: { operation, group, resource }, durations: new Histogram(SECONDS), errors: 0 };
    this.#series.set(key, series);
    return series;
  }
}

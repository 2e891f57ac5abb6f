import type { Kind } from "#api/kind.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { groupResource } from "#api/meta/resource.ts";
import type { Bucket } from "#lib/store.ts";
import { BucketCache, type CachePorts } from "./bucket-cache.ts";
import type { HistoryLimits } from "./history.ts";
import type { ResourceCache } from "./resource-cache.ts";

/** A kind with the place that keeps its objects, and how they are read from and written to it. */
export type Served = {
  readonly kind: Kind;
  readonly stored: Kind;
  readonly bucket: BucketCache;
  readonly cache: ResourceCache;
  readonly toStored: (object: KubeObject) => KubeObject;
  readonly fromStored: (stored: KubeObject) => KubeObject;
};

const BUCKETS: readonly Bucket[] = ["objects", "leases", "events"];
const placeOf = (resource: Place): string => `${groupResource(resource)}/${resource.version ?? ""}`;
const same = (object: KubeObject): KubeObject => object;

type Place = { readonly group: string; readonly resource: string; readonly version?: string };

/** All buckets as they are now. */
export class Caches {
  readonly buckets: readonly BucketCache[];
  readonly #served = new Map<string, Served>();

  constructor(kinds: readonly Kind[], ports: CachePorts & { readonly history: HistoryLimits }) {
    this.buckets = BUCKETS.map((bucket) => new BucketCache(bucket, ports));
    this.serve(kinds);
  }

  /** From now on these kinds are served, and no others. Objects of a new kind that lie in the store are there at once. */
  serve(kinds: readonly Kind[]): void {
    const kept = kinds.filter(({ storedAs }) => storedAs === undefined);
    for (const bucket of this.buckets) bucket.serve(kept.filter((kind) => kind.bucket === bucket.bucket));
    this.#served.clear();
    for (const kind of kinds) {
      const served = this.#join(kind);
      if (served === undefined) continue;
      this.#served.set(placeOf(kind), served);
      if (kind.storedAs === undefined || !this.#served.has(groupResource(kind))) this.#served.set(groupResource(kind), served);
    }
  }

  /** Begins to follow the store. Resolves when everything is here. Throws: the error that ended a following. */
  async fill(signal: AbortSignal): Promise<void> {
    for (const bucket of this.buckets) bucket.start(signal);
    await Promise.all(this.buckets.map((bucket) => bucket.filled));
  }

  /** Resolves with the error when a following ends. */
  lost(): Promise<Error> {
    return Promise.race(this.buckets.map((bucket) => bucket.lost));
  }

  /** The kind with its place, without a version in the form that is stored; undefined for kinds that are never stored. */
  of(resource: Place): Served | undefined {
    return this.#served.get(placeOf(resource)) ?? this.#served.get(groupResource(resource));
  }

  /** An object of a stored kind. Shared: never written to. */
  object(resource: Place, namespace: string, name: string): KubeObject | undefined {
    return this.of(resource)?.cache.get(namespace, name)?.object;
  }

  #join(kind: Kind): Served | undefined {
    const { storedAs } = kind;
    for (const bucket of this.buckets) {
      const cache = bucket.of(storedAs?.resource ?? kind);
      if (cache === undefined) continue;
      const { toStored = same, fromStored = same } = storedAs ?? {};
      return { kind, stored: cache.kind, bucket, cache, toStored, fromStored };
    }
    return undefined;
  }
}

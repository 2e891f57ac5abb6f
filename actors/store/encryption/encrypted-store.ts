// A store whose objects lie encrypted in another: those of the configured resources, by the configured keys.
//
// E1 No object of an encrypted resource is written in clear, its last bytes in a delete marker neither. E2 What cannot be
// decrypted ends the following with the reason: nobody works on half of the objects.
import type { Random } from "#lib/random.ts";
import { type Bucket, type Change, type Follower, RevisionConflict, type Store, type StoreKey } from "#lib/store.ts";
import { providersFor, type EncryptionConfig, type Provider } from "./config.ts";
import { open, seal } from "./seal.ts";

export type EncryptionPorts = { readonly config: EncryptionConfig; readonly random: Random };

/** An object that is not under the newest key. */
type Stale = { readonly bucket: Bucket; readonly key: StoreKey; readonly value: Uint8Array; readonly revision: number };

const placeOf = (bucket: Bucket, { group, resource, namespace, name }: StoreKey): string =>
  [bucket, group, resource, namespace, name].join("/");

/** A store over another. It closes the other with itself. */
export class EncryptedStore implements Store {
  readonly #inner: Store;
  readonly #ports: EncryptionPorts;
  readonly #providers = new Map<string, readonly Provider[] | undefined>();
  readonly #stale = new Map<string, Stale>();

  constructor(inner: Store, ports: EncryptionPorts) {
    this.#inner = inner;
    this.#ports = ports;
  }

  // oxlint-disable-next-line max-params -- the port's signature
  put(bucket: Bucket, key: StoreKey, value: Uint8Array, expected: number, signal?: AbortSignal): Promise<number> {
    return this.#inner.put(bucket, key, this.#sealed(bucket, key, value), expected, signal);
  }

  // oxlint-disable-next-line max-params -- the port's signature
  delete(bucket: Bucket, key: StoreKey, last: Uint8Array, expected: number, signal?: AbortSignal): Promise<number> {
    return this.#inner.delete(bucket, key, this.#sealed(bucket, key, last), expected, signal);
  }

  follow(bucket: Bucket, follower: Follower, signal: AbortSignal): void {
    const failed = new AbortController();
    const told: Follower = {
      changes: (batch) => {
        if (failed.signal.aborted) return;
        try {
          follower.changes(batch.map((change) => this.#opened(bucket, change)));
        } catch (error) {
          failed.abort();
          follower.ended(error as Error);
        }
      },
      caughtUp: (revision) => failed.signal.aborted || follower.caughtUp(revision),
      ended: (error) => failed.signal.aborted || follower.ended(error),
    };
    this.#inner.follow(bucket, told, AbortSignal.any([signal, failed.signal]));
  }

  compact(bucket: Bucket, revision: number, signal?: AbortSignal): Promise<void> {
    return this.#inner.compact(bucket, revision, signal);
  }

  revision(bucket: Bucket, signal?: AbortSignal): Promise<number> {
    return this.#inner.revision(bucket, signal);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** Writes what followers have seen under an old key, or in clear, under the newest. The answer is how many objects. Throws: StoreUnavailable. */
  async rewrite(signal?: AbortSignal): Promise<number> {
    let rewritten = 0;
    for (const { bucket, key, value, revision } of this.#stale.values()) {
      try {
        await this.put(bucket, key, value, revision, signal);
        rewritten++;
      } catch (error) {
        if (!(error instanceof RevisionConflict)) throw error; // else somebody has written it since, and well
      }
    }
    return rewritten;
  }

  #providersOf({ group, resource }: StoreKey): readonly Provider[] | undefined {
    const name = `${resource}.${group}`;
    if (!this.#providers.has(name)) this.#providers.set(name, providersFor(this.#ports.config, group, resource));
    return this.#providers.get(name);
  }

  #sealed(bucket: Bucket, key: StoreKey, value: Uint8Array): Uint8Array {
    const providers = this.#providersOf(key);
    return providers === undefined ? value : seal(value, placeOf(bucket, key), providers, this.#ports.random);
  }

  #opened(bucket: Bucket, change: Change): Change {
    const { type, key, revision } = change;
    const providers = this.#providersOf(key);
    if (providers === undefined) return change;
    const place = placeOf(bucket, key);
    const { value, isStale } = open(change.value, place, providers);
    if (isStale && type === "put") this.#stale.set(place, { bucket, key, value, revision });
    else this.#stale.delete(place);
    return { ...change, value };
  }
}

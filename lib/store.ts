// The port for the cluster store. actors/store implements it on JetStream and in memory; test/contract/store.ts says what
// every implementation must do. The API server alone uses it.
//
// S1 an acknowledged write is never lost, and never applied twice. S2 revisions of a bucket only grow. S3 a follower sees
// every change after its start revision once, in order, or is told that it cannot (Compacted).

/** Which bucket: leases and events are apart from objects, so that heartbeats cost objects nothing. */
export type Bucket = "objects" | "leases" | "events";

/** An object's place in the store. `namespace` is "" for a cluster-scoped object, `group` is "" for core. */
export type StoreKey = { readonly group: string; readonly resource: string; readonly namespace: string; readonly name: string };

/** One change. A delete carries the object's last bytes, so that a DELETED event has it. */
export type Change = { readonly type: "put" | "delete"; readonly key: StoreKey; readonly value: Uint8Array; readonly revision: number };

/** The expected revision was not the key's revision; nothing was written. Creating expects 0. */
export class RevisionConflict extends Error {
  override readonly name = "RevisionConflict";
}

/** Following from that revision is not possible: changes before it are gone. */
export class Compacted extends Error {
  override readonly name = "Compacted";
}

/** The store did not answer; whether the write happened is not known, and a reader must look. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}

/** A follower's side: batches in order; `caughtUp` once, when all that stood in the bucket at the start has been given. */
export interface Follower {
  changes(batch: readonly Change[]): void;
  caughtUp(revision: number): void;
  /** The following ended and nothing more comes. `Compacted` when revisions went backwards or are gone. */
  ended(error: Error): void;
}

export interface Store {
  /**
   * Writes `value` when the key's revision is `expected` (0: the key does not exist or was deleted). The answer is the new revision.
   * Throws: RevisionConflict, StoreUnavailable.
   */
  put(bucket: Bucket, key: StoreKey, value: Uint8Array, expected: number, signal?: AbortSignal): Promise<number>;
  /** Deletes under the same condition, leaving one marker that carries `last`. The answer is the marker's revision. */
  delete(bucket: Bucket, key: StoreKey, last: Uint8Array, expected: number, signal?: AbortSignal): Promise<number>;
  /** Gives the bucket's present content as puts (and markers that still stand), then every later change. Survives reconnects without gaps. */
  follow(bucket: Bucket, follower: Follower, signal: AbortSignal): void;
  /** Drops delete markers at or below `revision`. */
  compact(bucket: Bucket, revision: number, signal?: AbortSignal): Promise<void>;
  /** The bucket's newest revision. */
  revision(bucket: Bucket, signal?: AbortSignal): Promise<number>;
  close(): Promise<void>;
}

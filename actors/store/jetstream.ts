// The Store on NATS JetStream. A bucket is a KV bucket, a revision is a stream sequence, compare-and-swap is done by the
// server. write.ts has what becomes of a write, follow.ts of a follower; here they are put together.
import type { Clock } from "#lib/clock.ts";
import type { Connection } from "#lib/nats/connection.ts";
import { JetStream, JetStreamError, JS_CODES, hasCode } from "#lib/nats/jetstream.ts";
import { NoAnswer, randomToken, Requests } from "#lib/nats/requests.ts";
import type { ReadPorts } from "#lib/nats/ordered-consumer.ts";
import { encodeKey } from "#lib/nats/subject.ts";
import type { Random } from "#lib/random.ts";
import { type Bucket, type Follower, type Store, type StoreKey, StoreUnavailable } from "#lib/store.ts";
import { BUCKETS, FLOOR_KEY, HEADERS, prefixOf, streamConfig, streamOf } from "./layout.ts";
import { followBucket } from "./follow.ts";
import { Markers } from "./markers.ts";
import { type Write, write } from "./write.ts";

export type JetStreamStorePorts = {
  /** Stays open when the store is closed. */
  readonly connection: Connection;
  readonly clock: Clock;
  readonly random: Random;
  /** How many servers of a NATS cluster keep each bucket; default 1. */
  readonly replicas?: number;
  /** How long a delete marker stands at least, whatever is compacted; default five minutes. */
  readonly keepMarkersMs?: number;
};

/**
 * JetStream acknowledges a write before it has written down that the key's older message is gone; until it has (at the latest
 * with its sync every two minutes), a crash brings the older message back, and only the marker keeps it dead.
 */
const KEEP_MARKERS_MS = 5 * 60_000;

/** How many markers are dropped at a time. */
const DROPS_IN_FLIGHT = 32;

/** `informed`: the followers that have been given all of the bucket, so that `markers` has every marker. */
type BucketState = { readonly markers: Markers; readonly informed: Set<Follower> };

const state = (): BucketState => ({ markers: new Markers(), informed: new Set() });

/** What JetStream failed to do, as the store's own failure. */
const unavailable = (error: unknown): unknown =>
  error instanceof NoAnswer || error instanceof JetStreamError ? new StoreUnavailable(error.message, { cause: error }) : error;

/** Makes the buckets that are not there yet, and opens them. Throws: StoreUnavailable. */
export const openJetStreamStore = async (ports: JetStreamStorePorts, signal?: AbortSignal): Promise<Store> => {
  const requests = new Requests(ports.connection, ports.clock, ports.random);
  const jetstream = new JetStream(requests);
  try {
    await Promise.all(BUCKETS.map((bucket) => jetstream.ensureStream(streamConfig(bucket, ports.replicas ?? 1), signal)));
  } catch (error) {
    requests.close();
    throw unavailable(error);
  }
  return new JetStreamStore(ports, requests, jetstream);
};

class JetStreamStore implements Store {
  readonly #ports: JetStreamStorePorts;
  readonly #requests: Requests;
  readonly #jetstream: JetStream;
  readonly #closing = new AbortController();
  readonly #buckets: Readonly<Record<Bucket, BucketState>> = { objects: state(), leases: state(), events: state() };
  readonly #idPrefix: string;
  #writes = 0;

  constructor(ports: JetStreamStorePorts, requests: Requests, jetstream: JetStream) {
    this.#ports = ports;
    this.#requests = requests;
    this.#jetstream = jetstream;
    this.#idPrefix = `${randomToken(ports.random)}-`;
  }

  // oxlint-disable-next-line max-params -- the port's signature
  async put(bucket: Bucket, key: StoreKey, value: Uint8Array, expected: number, signal?: AbortSignal): Promise<number> {
    const text = encodeKey(key);
    const { markers } = this.#buckets[bucket];
    const creates = expected === 0;
    const what = { value, operation: "put", creates, expected: creates ? (markers.at(text) ?? 0) : expected } as const;
    const revision = await this.#write(bucket, text, what, signal);
    markers.replaced(text, revision);
    return revision;
  }

  // oxlint-disable-next-line max-params -- the port's signature
  async delete(bucket: Bucket, key: StoreKey, last: Uint8Array, expected: number, signal?: AbortSignal): Promise<number> {
    const text = encodeKey(key);
    const revision = await this.#write(bucket, text, { value: last, operation: "delete", creates: false, expected }, signal);
    this.#buckets[bucket].markers.deleted({ key: text, revision, seenAt: this.#ports.clock.now() });
    return revision;
  }

  follow(bucket: Bucket, follower: Follower, signal: AbortSignal): void {
    const { markers, informed } = this.#buckets[bucket];
    const over = AbortSignal.any([signal, this.#closing.signal]);
    over.addEventListener("abort", () => informed.delete(follower), { once: true });
    const told: Follower = {
      changes: (batch) => follower.changes(batch),
      caughtUp: (revision) => {
        informed.add(follower);
        follower.caughtUp(revision);
      },
      ended: (error) => {
        informed.delete(follower);
        follower.ended(error);
      },
    };
    followBucket(this.#readPorts(), { bucket, markers }, told, over);
  }

  async compact(bucket: Bucket, revision: number, signal?: AbortSignal): Promise<void> {
    const { markers, informed } = this.#buckets[bucket];
    try {
      if (informed.size === 0) await this.#findMarkers(bucket, signal);
      const { clock, keepMarkersMs = KEEP_MARKERS_MS } = this.#ports;
      const dropped = markers.upTo(revision, clock.now() - keepMarkersMs);
      if (dropped.length === 0) return;
      const highest = dropped.reduce((floor, marker) => Math.max(floor, marker.revision), 0);
      await this.#raiseFloor(bucket, highest, signal);
      const drop = async (): Promise<void> => {
        const marker = dropped.pop();
        if (marker === undefined) return;
        await this.#jetstream.deleteMessage(streamOf(bucket), marker.revision, signal);
        markers.replaced(marker.key, marker.revision);
        return drop();
      };
      await Promise.all(Array.from({ length: DROPS_IN_FLIGHT }, drop));
    } catch (error) {
      throw unavailable(error);
    }
  }

  async revision(bucket: Bucket, signal?: AbortSignal): Promise<number> {
    try {
      return (await this.#jetstream.streamInfo(streamOf(bucket), signal)).state.last_seq;
    } catch (error) {
      throw unavailable(error);
    }
  }

  close(): Promise<void> {
    this.#closing.abort();
    this.#requests.close();
    return Promise.resolve();
  }

  #readPorts(): ReadPorts {
    const { clock, connection, random } = this.#ports;
    return { clock, connection, random, jetstream: this.#jetstream };
  }

  #write(bucket: Bucket, key: string, what: Omit<Write, "stream" | "subject">, signal?: AbortSignal): Promise<number> {
    const nextId = (): string => this.#idPrefix + (this.#writes++).toString(36);
    const place = { stream: streamOf(bucket), subject: prefixOf(bucket) + key };
    return write({ jetstream: this.#jetstream, clock: this.#ports.clock, nextId }, { ...place, ...what }, signal);
  }

  /** Reads which keys of the bucket are markers, when no follower has told. */
  #findMarkers(bucket: Bucket, signal?: AbortSignal): Promise<void> {
    const done = new AbortController();
    const over = AbortSignal.any([done.signal, this.#closing.signal, ...(signal === undefined ? [] : [signal])]);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    over.addEventListener("abort", () => reject(over.reason as Error), { once: true });
    const reader = { changes: () => undefined, caughtUp: () => resolve(), ended: reject };
    followBucket(this.#readPorts(), { bucket, markers: this.#buckets[bucket].markers, headersOnly: true }, reader, over);
    return promise.finally(() => done.abort());
  }

  /** Writes down, before any marker goes, up to where they may be gone. The floor never sinks. */
  async #raiseFloor(bucket: Bucket, floor: number, signal?: AbortSignal): Promise<void> {
    const subject = prefixOf(bucket) + FLOOR_KEY;
    const present = await this.#jetstream.lastMessage(streamOf(bucket), subject, signal);
    if (present !== undefined && Number(new TextDecoder().decode(present.data)) >= floor) return;
    const headers = { [HEADERS.expected]: String(present?.seq ?? 0) };
    try {
      await this.#jetstream.publish(subject, new TextEncoder().encode(String(floor)), { headers, signal });
    } catch (error) {
      if (!hasCode(error, JS_CODES.wrongLastSequence)) throw error;
      await this.#raiseFloor(bucket, floor, signal);
    }
  }
}

// Follows one bucket: turns the stream's messages into changes, gives them in batches, says when what stood at the start has
// been given, and notices when a compaction may have taken a marker that was not yet given.
//
// F1 changes are given in order, each once. F2 a change of a key may be missing only when the key was written again before the
// stream had sent it: a writer that waits for this follower before it writes a key again (the API server does) sees every
// change. F3 a delete is never missing: if its marker may have been dropped unseen, the following ends with Compacted.
import type { Message } from "#lib/nats/connection.ts";
import { type Place, type ReadPorts, readStream, type StreamReader, type StreamReset } from "#lib/nats/ordered-consumer.ts";
import { decodeKey } from "#lib/nats/subject.ts";
import { type Bucket, type Change, Compacted, type Follower } from "#lib/store.ts";
import { FLOOR_KEY, HEADERS, prefixOf, streamOf } from "./layout.ts";
import type { Markers } from "./markers.ts";

/** The most changes in one batch. */
const BATCH = 1024;
const decoder = new TextDecoder();

export type Following = {
  readonly bucket: Bucket;
  readonly markers: Markers;
  /** Leave values empty: for who wants only to know what is there. */
  readonly headersOnly?: boolean;
};

/** Follows until `signal` is aborted or the follower is told `ended`. */
export const followBucket = (ports: ReadPorts, following: Following, follower: Follower, signal: AbortSignal): void => {
  const ended = new AbortController();
  const over = AbortSignal.any([signal, ended.signal]);
  const reader = new BucketReader(following, follower, { signal: over, end: () => ended.abort(), now: () => ports.clock.now() });
  readStream(ports, { name: streamOf(following.bucket), headersOnly: following.headersOnly ?? false }, reader, over);
};

type Context = { readonly signal: AbortSignal; readonly end: () => void; readonly now: () => number };

class BucketReader implements StreamReader {
  readonly #follower: Follower;
  readonly #markers: Markers;
  readonly #prefix: string;
  readonly #context: Context;
  readonly #floor = new FloorWatch();
  #batch: Change[] = [];
  #flushing = false;
  /** The revision at which the start is given; undefined once it has been. */
  #startEndsAt: number | undefined = Number.POSITIVE_INFINITY;

  constructor({ bucket, markers }: Following, follower: Follower, context: Context) {
    this.#prefix = prefixOf(bucket);
    this.#markers = markers;
    this.#follower = follower;
    this.#context = context;
  }

  begins(after: number, last: number): void {
    this.#floor.begins(after, last);
    if (this.#startEndsAt === Number.POSITIVE_INFINITY) this.#startEndsAt = last;
  }

  message(message: Message, place: Place): void {
    const key = message.subject.slice(this.#prefix.length);
    if (key === FLOOR_KEY) {
      if (this.#floor.mayHaveMissed(Number(decoder.decode(message.data)), place.sequence)) {
        return this.#end(new Compacted("delete markers were dropped before they were followed"));
      }
    } else this.#add(key, message, place.sequence);
    this.#floor.given(place);
    if (this.#startEndsAt !== undefined && (place.sequence >= this.#startEndsAt || place.pending === 0)) this.#caughtUp(place.sequence);
  }

  idle(): void {
    if (this.#startEndsAt === undefined) return;
    this.#caughtUp(this.#startEndsAt);
  }

  ended(error: StreamReset): void {
    this.#end(new Compacted(error.message, { cause: error }));
  }

  #end(error: Error): void {
    this.#flush();
    this.#context.end();
    this.#follower.ended(error);
  }

  #add(text: string, message: Message, revision: number): void {
    const key = decodeKey(text);
    if (key === undefined) return; // not an object's: another tool wrote it
    const type = message.headers?.has(HEADERS.operation) === true ? "delete" : "put";
    if (type === "delete") this.#markers.deleted({ key: text, revision, seenAt: this.#context.now() });
    else this.#markers.replaced(text, revision);
    // A copy: the message is part of a buffer of the connection, which a kept value would keep whole.
    this.#batch.push({ type, key, value: new Uint8Array(message.data), revision });
    if (this.#batch.length >= BATCH) this.#flush();
    else if (!this.#flushing && this.#startEndsAt === undefined) this.#flushSoon();
  }

  /** When all messages that came together have been read. */
  #flushSoon(): void {
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#batch.length === 0 || this.#context.signal.aborted) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#follower.changes(batch);
  }

  #caughtUp(revision: number): void {
    this.#startEndsAt = undefined;
    this.#flush();
    this.#follower.caughtUp(revision);
  }
}

/**
 * Knows whether a compaction came before the follower had passed its floor. A compaction first writes its floor into the
 * bucket and then drops markers; so a follower that had been given everything up to the floor when the floor was written has
 * missed nothing. That it had been is known by counting: when a change was sent, `pending` more stood behind it; a floor that
 * comes after all of those was written later.
 */
export class FloorWatch {
  #resumedAfter = 0;
  #stoodAt = 0;
  #given = 0;
  /** Everything up to here was given before whatever comes next was written. */
  #sure = 0;
  #candidate: { readonly revision: number; readonly sureFrom: number } | undefined;

  /** Reading begins after `after`, when the bucket ends at `last`. */
  begins(after: number, last: number): void {
    this.#resumedAfter = after;
    this.#stoodAt = last;
    this.#candidate = undefined;
  }

  given({ sequence, pending }: Place): void {
    this.#given++;
    this.#candidate ??= { revision: sequence, sureFrom: this.#given + pending };
    if (this.#given < this.#candidate.sureFrom) return;
    this.#sure = this.#candidate.revision;
    this.#candidate = undefined;
  }

  /** The floor, written at `sequence`, is next: may a marker below it be gone that was not given? */
  mayHaveMissed(floor: number, sequence: number): boolean {
    if (sequence > this.#stoodAt) return floor > this.#sure;
    return this.#resumedAfter > 0 && floor > this.#resumedAfter;
  }
}

// The bytes of a stream of node's: the body of a message, what comes in on a connection. What the guest does not read stays
// in the network, for node reads no further than its buffer.
import type { Readable } from "node:stream";
import { Signal } from "#runtime/wasi/signal.ts";
import type { Source } from "./streams.ts";

export type ReadableSourceOptions = {
  /** What the stream fails with, for an error of node's. */
  readonly failureOf: (error: unknown) => Error;
  /** Whether a close is an end; else a stream that closes before its end was broken off. */
  readonly closeIsEnd: boolean;
};

/** A source over a stream of node's. */
export class ReadableSource implements Source {
  readonly #readable: Readable;
  readonly #changed = new Signal();
  #hasEnded = false;
  #failure: Error | undefined;

  constructor(readable: Readable, { failureOf, closeIsEnd }: ReadableSourceOptions) {
    this.#readable = readable;
    const fail = (error: unknown): void => {
      this.#failure ??= failureOf(error);
      this.#changed.announce();
    };
    const end = (): void => {
      this.#hasEnded = true;
      this.#changed.announce();
    };
    readable.on("readable", () => {
      if (readable.readableLength === 0) readable.read(0); // the end comes when it is asked for
      this.#changed.announce();
    });
    readable.on("end", end);
    readable.on("error", fail);
    readable.on("close", () => {
      if (closeIsEnd) end();
      else if (!this.hasEnded) fail(Object.assign(new Error("closed before its end"), { code: "ECONNRESET" }));
    });
  }

  get isReady(): boolean {
    return this.#readable.readableLength > 0 || this.hasEnded || this.#failure !== undefined;
  }

  get hasEnded(): boolean {
    return this.#hasEnded || this.#readable.readableEnded;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  watch(fn: () => void): () => void {
    return this.#changed.watch(fn);
  }

  read(most: number): Uint8Array | undefined {
    const { readableLength } = this.#readable;
    if (readableLength > 0) {
      const bytes = this.#readable.read(Math.min(most, readableLength)) as Uint8Array;
      if (most >= readableLength) this.#readable.read(0); // as above
      return bytes;
    }
    if (this.#failure !== undefined) throw this.#failure;
    return this.hasEnded ? undefined : new Uint8Array();
  }

  close(): void {
    // What the stream belongs to is what ends.
  }
}

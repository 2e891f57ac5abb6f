// The two streams of a connection. Node reads no further than its buffer, and a guest that writes faster than the network
// takes waits.
import type { Socket } from "node:net";
import { Signal } from "./poll.ts";
import type { Sink, Source } from "./streams.ts";

// Bytes that may wait for the network.
const MOST_WAITING = 1 << 16;

/** What comes in on a connection. */
export class SocketSource implements Source {
  readonly #socket: Socket;
  readonly #changed = new Signal();
  #hasEnded = false;
  #failure: Error | undefined;

  constructor(socket: Socket) {
    const changed = this.#changed;
    this.#socket = socket;
    socket.on("readable", () => {
      if (socket.readableLength === 0) socket.read(0); // the end comes when it is asked for
      changed.announce();
    });
    socket.on("error", (error) => (this.#failure ??= error));
    for (const event of ["end", "close"])
      socket.on(event, () => {
        this.#hasEnded = true;
        changed.announce();
      });
  }

  get isReady(): boolean {
    return this.#socket.readableLength > 0 || this.#hasEnded;
  }

  watch(fn: () => void): () => void {
    return this.#changed.watch(fn);
  }

  read(most: number): Uint8Array | undefined {
    const { readableLength } = this.#socket;
    if (readableLength > 0) {
      const bytes = this.#socket.read(Math.min(most, readableLength)) as Uint8Array;
      if (most >= readableLength) this.#socket.read(0); // the end comes when it is asked for
      return bytes;
    }
    if (this.#failure !== undefined) throw this.#failure;
    return this.#hasEnded ? undefined : new Uint8Array();
  }

  close(): void {
    // The socket is what ends.
  }
}

/** What goes out on a connection. */
export class SocketSink implements Sink {
  readonly #socket: Socket;
  readonly #changed = new Signal();
  #failure: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("drain", () => this.#changed.announce());
    socket.on("error", (error) => (this.#failure ??= error));
    socket.on("close", () => this.#changed.announce());
  }

  get isReady(): boolean {
    return this.#socket.destroyed || this.room() !== 0;
  }

  get flushed(): this {
    return this;
  }

  watch(fn: () => void): () => void {
    return this.#changed.watch(fn);
  }

  room(): number | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#socket.destroyed || this.#socket.writableEnded) return undefined;
    return Math.max(0, MOST_WAITING - this.#socket.writableLength);
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  close(): void {
    // The socket is what ends.
  }
}

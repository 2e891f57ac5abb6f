// The two streams of a connection. A guest that writes faster than the network takes waits.
import type { Socket } from "node:net";
import { Signal } from "#runtime/wasi/signal.ts";
import { ReadableSource } from "./readable-source.ts";
import type { Sink } from "./streams.ts";

// Bytes that may wait for the network.
const MOST_WAITING = 1 << 16;

/** What comes in on a connection. */
export const socketSource = (socket: Socket): ReadableSource =>
  new ReadableSource(socket, { failureOf: (error) => error as Error, closeIsEnd: true });

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

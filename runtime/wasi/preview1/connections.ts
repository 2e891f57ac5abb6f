// Listening and connected sockets of a guest: Node's own, on the thread's event loop. They announce what changed; whoever
// waits for them looks again.
import type { Server, Socket } from "node:net";
import { FileError } from "#runtime/wasi/filesystem/file-error.ts";
import type { Watch } from "#runtime/wasi/life.ts";
import { Signal } from "#runtime/wasi/signal.ts";

// Bytes that may wait in a socket for the guest to read or for the network to take.
const MOST_WAITING = 1 << 18;

/** A connection that a guest accepted. */
export class Connection {
  readonly kind = "connection";
  readonly changed: Watch;
  nonBlocking: boolean;
  readonly #socket: Socket;
  readonly #received: Uint8Array[] = [];
  #waitingBytes = 0;
  #ended = false;
  #error: Error | undefined;

  constructor(socket: Socket, nonBlocking: boolean) {
    const changed = new Signal();
    this.changed = changed;
    this.nonBlocking = nonBlocking;
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.#received.push(bytes);
      this.#waitingBytes += bytes.length;
      if (this.#waitingBytes > MOST_WAITING) socket.pause();
      changed.announce();
    });
    socket.on("end", () => {
      this.#ended = true;
      changed.announce();
    });
    socket.on("error", (error) => {
      this.#error = error;
    });
    socket.on("close", () => {
      this.#ended = true;
      changed.announce();
    });
    socket.on("drain", () => changed.announce());
    socket.resume(); // it was held back until it was accepted
  }

  get readableBytes(): number {
    return this.#waitingBytes;
  }

  get isReadable(): boolean {
    return this.#waitingBytes > 0 || this.#ended;
  }

  get isWritable(): boolean {
    return this.#socket.destroyed || this.#socket.writableLength < MOST_WAITING;
  }

  get isHungUp(): boolean {
    return this.#ended;
  }

  /** Moves what has come into `buffers`; 0 at the end. With `peek` it stays. Throws: FileError when the connection failed. */
  receive(buffers: readonly Uint8Array[], peek: boolean): number {
    if (this.#waitingBytes === 0 && this.#error !== undefined) throw new FileError("ECONNRESET");
    const all = Buffer.concat(this.#received);
    let done = 0;
    for (const buffer of buffers) {
      const part = all.subarray(done, done + buffer.length);
      buffer.set(part);
      done += part.length;
    }
    if (!peek) this.#keep(all.subarray(done));
    return done;
  }

  #keep(rest: Uint8Array): void {
    this.#received.length = 0;
    if (rest.length > 0) this.#received.push(rest);
    this.#waitingBytes = rest.length;
    if (rest.length < MOST_WAITING) this.#socket.resume();
  }

  /** Throws: FileError EPIPE when the other side is gone. */
  send(buffers: readonly Uint8Array[]): number {
    if (this.#socket.destroyed || this.#socket.writableEnded) throw new FileError("EPIPE");
    for (const buffer of buffers) this.#socket.write(Uint8Array.from(buffer));
    return buffers.reduce((sum, { length }) => sum + length, 0);
  }

  shutdown(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroySoon();
  }
}

/** A socket that listens for a guest. */
export class Listener {
  readonly kind = "listener";
  readonly changed: Watch;
  nonBlocking = false;
  readonly #server: Server;
  readonly #accepted: Socket[] = [];

  constructor(server: Server) {
    const changed = new Signal();
    this.changed = changed;
    this.#server = server;
    server.on("connection", (socket) => {
      socket.pause();
      socket.on("error", () => socket.destroy());
      this.#accepted.push(socket);
      changed.announce();
    });
  }

  get isReadable(): boolean {
    return this.#accepted.length > 0;
  }

  take(nonBlocking: boolean): Connection | undefined {
    const socket = this.#accepted.shift();
    return socket === undefined ? undefined : new Connection(socket, nonBlocking);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#accepted) socket.destroy();
  }
}

// Listening and connected sockets of a guest. Preview1 can accept, receive and send; the listening sockets are given to the
// guest as descriptors. They are Node's own sockets on the thread's event loop: a guest that waits is suspended.
import type { Server, Socket } from "node:net";
import { FileError } from "#runtime/wasi/filesystem/file-error.ts";
import type { DescriptorTable } from "./descriptors.ts";
import type { Life, Watch } from "#runtime/wasi/life.ts";
import { buffersAt, type Guest } from "./input-output.ts";

/** A thing to wait for, which its owner announces. */
class Signal implements Watch {
  readonly #waiting = new Set<() => void>();

  watch(fn: () => void): () => void {
    this.#waiting.add(fn);
    return () => void this.#waiting.delete(fn);
  }

  announce(): void {
    for (const fn of Array.from(this.#waiting)) fn();
  }
}

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

const FLAGS = { peek: 1, waitAll: 2 } as const;
const NON_BLOCKING = 4;
const SHUT_WRITE = 2;

// Waits for `isReady`; false when the guest is to end instead.
const until = async (life: Life, isReady: () => boolean, socket: Listener | Connection): Promise<boolean> => {
  while (!isReady()) {
    if (socket.nonBlocking) throw new FileError("EAGAIN");
    // oxlint-disable-next-line no-await-in-loop -- an announcement says that something changed, not what
    if (!(await life.wait(undefined, [socket.changed]))) return false;
  }
  return true;
};

const connectionOf = (table: DescriptorTable, fd: number): Connection => {
  const found = table.get(fd);
  if (found.kind !== "connection") throw new FileError(found.kind === "listener" ? "ENOTCONN" : "ENOTSOCK");
  return found;
};

/** What a suspending function answers when the guest is to end instead of going on. */
export const END = "end";

/** The functions sock_*, and fd_read and fd_write for what is a connection. They suspend the guest. */
export const socketFunctions = ({ memory, table, life }: Guest) => {
  const receiveWith =
    (peek: boolean) =>
    async (fd: number, pointer: number, count: number, result: number): Promise<typeof END | undefined> => {
      const connection = connectionOf(table, fd);
      if (!(await until(life, () => connection.isReadable, connection))) return END;
      memory.setU32(result, connection.receive(buffersAt(memory, pointer, count), peek));
      return undefined;
    };
  const send = async (fd: number, pointer: number, count: number, result: number): Promise<typeof END | undefined> => {
    const connection = connectionOf(table, fd);
    if (!(await until(life, () => connection.isWritable, connection))) return END;
    memory.setU32(result, connection.send(buffersAt(memory, pointer, count)));
    return undefined;
  };
  return {
    receive: receiveWith(false),
    send,
    sock_accept: async (fd: number, flags: number, result: number): Promise<typeof END | undefined> => {
      const listener = table.get(fd);
      if (listener.kind !== "listener") throw new FileError(listener.kind === "connection" ? "EINVAL" : "ENOTSOCK");
      if (!(await until(life, () => listener.isReadable, listener))) return END;
      const connection = listener.take((flags & NON_BLOCKING) !== 0);
      if (connection !== undefined) memory.setU32(result, table.add(connection));
      return undefined;
    },
    sock_recv: async (...[fd, pointer, count, flags, result, outFlags]: [number, number, number, number, number, number]) => {
      memory.setU16(outFlags, 0);
      return receiveWith((flags & FLAGS.peek) !== 0)(fd, pointer, count, result);
    },
    sock_send: async (...[fd, pointer, count, , result]: [number, number, number, number, number]) => send(fd, pointer, count, result),
    sock_shutdown: (fd: number, how: number): void => {
      const connection = connectionOf(table, fd);
      if ((how & SHUT_WRITE) !== 0) connection.shutdown();
    },
  };
};

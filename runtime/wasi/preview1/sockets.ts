// What a guest does with sockets. Preview1 can accept, receive and send; the listening sockets are given to the guest as
// descriptors. A guest that waits is suspended.
import { FileError } from "#runtime/wasi/filesystem/file-error.ts";
import type { Life } from "#runtime/wasi/life.ts";
import type { Connection, Listener } from "./connections.ts";
import type { DescriptorTable } from "./descriptors.ts";
import { buffersAt, type Guest } from "./input-output.ts";

const FLAGS = { peek: 1, waitAll: 2 } as const;
const NON_BLOCKING = 4;
const SHUT_WRITE = 2;

// Waits for `isReady`; false when the guest is to end instead.
const until = async (life: Life, isReady: () => boolean, socket: Listener | Connection): Promise<boolean> => {
  while (!isReady()) {
    if (socket.nonBlocking) throw new FileError("EAGAIN");
    // an announcement says that something changed, not what
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

// Reading, writing and seeking on descriptors.
import { fstatSync, readSync, writeSync } from "node:fs";
import { FileError } from "#runtime/wasi/filesystem/file-error.ts";
import type { DescriptorTable, OpenFile } from "./descriptors.ts";
import type { Life } from "#runtime/wasi/life.ts";
import type { GuestMemory } from "./memory.ts";

/** A guest's memory, its descriptors and its life: what all functions on descriptors work with. */
export type Guest = { readonly memory: GuestMemory; readonly table: DescriptorTable; readonly life: Life };

// What a call costs beside its bytes, in units of Life.charge.
const CALL_UNITS = 1000;

// A call moves at most so much: the thread is not the guest's alone, and a short count is always allowed.
const MOST_BYTES = 1 << 20;

const MOST_BUFFERS = 1024;
const WHENCE = { set: 0, current: 1, end: 2 } as const;

/** The buffers that a guest's array of pointers and lengths names, cut off at what one call may move. Throws: RangeError. */
export const buffersAt = (memory: GuestMemory, pointer: number, count: number): readonly Uint8Array[] => {
  if (count > MOST_BUFFERS) throw new FileError("EINVAL");
  const buffers: Uint8Array[] = [];
  let room = MOST_BYTES;
  for (let index = 0; index < count; index++) {
    const bytes = memory.bytes(memory.u32(pointer + 8 * index), memory.u32(pointer + 8 * index + 4)).subarray(0, room);
    room -= bytes.length;
    buffers.push(bytes);
  }
  return buffers;
};

type Transfer = (buffer: Uint8Array, done: number) => number;

const transfer = (buffers: readonly Uint8Array[], move: Transfer): number => {
  let done = 0;
  for (const buffer of buffers) {
    const moved = buffer.length === 0 ? 0 : move(buffer, done);
    done += moved;
    if (moved < buffer.length) break;
  }
  return done;
};

const positionOf = (offset: bigint): number => {
  if (offset < 0n || offset > BigInt(Number.MAX_SAFE_INTEGER)) throw new FileError("EINVAL");
  return Number(offset);
};

/** Reads at `from`, or at the file's position, which moves. */
export const readFile = (file: OpenFile, buffers: readonly Uint8Array[], from?: number): number => {
  if (!file.read) throw new FileError("EBADF");
  const start = from ?? file.position;
  const done = transfer(buffers, (buffer, at) => readSync(file.fd, buffer, 0, buffer.length, start + at));
  if (from === undefined) file.position += done;
  return done;
};

/** Writes at `to`, or at the file's position, which moves; a file opened to append gets it at its end. */
export const writeFile = (file: OpenFile, buffers: readonly Uint8Array[], to?: number): number => {
  if (!file.write) throw new FileError("EBADF");
  const start = to ?? (file.append ? null : file.position);
  const place = (at: number): number | null => (start === null ? null : start + at);
  const done = transfer(buffers, (buffer, at) => writeSync(file.fd, buffer, 0, buffer.length, place(at)));
  if (to === undefined) file.position = start === null ? fstatSync(file.fd).size : start + done;
  return done;
};

const seek = (file: OpenFile, offset: bigint, whence: number): number => {
  if (whence === WHENCE.set) return positionOf(offset);
  if (whence === WHENCE.current) return positionOf(BigInt(file.position) + offset);
  if (whence !== WHENCE.end) throw new FileError("EINVAL");
  return positionOf(BigInt(fstatSync(file.fd).size) + offset);
};

type PositionedCall = [fd: number, pointer: number, count: number, offset: bigint, result: number];

/** The functions fd_read, fd_write, fd_pread, fd_pwrite, fd_seek, fd_tell, for all but sockets. */
export const inputOutputFunctions = ({ memory, table, life }: Guest) => {
  const answer = (pointer: number, bytes: number): void => {
    life.charge(CALL_UNITS + bytes);
    memory.setU32(pointer, bytes);
  };
  const seekable = (fd: number): OpenFile => {
    const found = table.get(fd);
    if (found.kind === "directory") throw new FileError("EBADF");
    if (found.kind !== "file") throw new FileError("ESPIPE");
    return found;
  };
  return {
    fd_read: (fd: number, pointer: number, count: number, result: number): void => {
      const found = table.get(fd);
      if (found.kind === "input") return answer(result, 0);
      answer(result, readFile(table.file(fd), buffersAt(memory, pointer, count)));
    },
    fd_write: (fd: number, pointer: number, count: number, result: number): void => {
      const found = table.get(fd);
      const buffers = buffersAt(memory, pointer, count);
      if (found.kind !== "output") return answer(result, writeFile(table.file(fd), buffers));
      for (const buffer of buffers) found.write(buffer);
      answer(
        result,
        buffers.reduce((sum, { length }) => sum + length, 0),
      );
    },
    fd_pread: (...[fd, pointer, count, offset, result]: PositionedCall): void =>
      answer(result, readFile(seekable(fd), buffersAt(memory, pointer, count), positionOf(offset))),
    fd_pwrite: (...[fd, pointer, count, offset, result]: PositionedCall): void =>
      answer(result, writeFile(seekable(fd), buffersAt(memory, pointer, count), positionOf(offset))),
    fd_seek: (fd: number, offset: bigint, whence: number, result: number): void => {
      const file = seekable(fd);
      file.position = seek(file, offset, whence);
      memory.setU64(result, BigInt(file.position));
    },
    fd_tell: (fd: number, result: number): void => memory.setU64(result, BigInt(seekable(fd).position)),
  };
};

// What descriptors and files say of themselves, and changing it.
import { constants, closeSync, fstatSync, ftruncateSync, futimesSync, openSync, type BigIntStats } from "node:fs";
import { FileError } from "#runtime/wasi/filesystem/file-error.ts";
import { kindOf, type EntryKind, type FileTimes } from "#runtime/wasi/filesystem/files.ts";
import type { Descriptor, OpenFile } from "./descriptors.ts";
import type { Guest } from "./input-output.ts";
import type { GuestMemory } from "./memory.ts";

const TYPE: Readonly<Record<EntryKind, number>> = {
  unknown: 0,
  "block device": 1,
  "character device": 2,
  directory: 3,
  file: 4,
  socket: 6,
  link: 7,
  pipe: 0,
};

/** Preview1's number for what a file is. */
export const fileType = (kind: EntryKind): number => TYPE[kind];

/** The bits of rights that decide how a file is opened. */
export const RIGHT = { read: 1n << 1n, seek: 1n << 2n, tell: 1n << 5n, write: 1n << 6n, readDirectory: 1n << 14n } as const;

const ALL_RIGHTS = (1n << 30n) - 1n;

export const FLAG = { append: 1, dataSync: 2, nonBlocking: 4, readSync: 8, sync: 16 } as const;

// Output counts as a terminal's, without seek and tell: that is what C's isatty looks at, so lines are not held back.
const DESCRIPTOR_TYPE = {
  input: TYPE.unknown,
  output: TYPE["character device"],
  directory: TYPE.directory,
  listener: TYPE.socket,
  connection: TYPE.socket,
} as const satisfies Readonly<Record<Exclude<Descriptor["kind"], "file">, number>>;

const typeOf = (descriptor: Descriptor): number =>
  descriptor.kind === "file" ? TYPE[kindOf(fstatSync(descriptor.fd, { bigint: true }))] : DESCRIPTOR_TYPE[descriptor.kind];

const rightsOf = (descriptor: Descriptor): bigint => {
  if (descriptor.kind === "file") return ALL_RIGHTS & ~(descriptor.read ? 0n : RIGHT.read) & ~(descriptor.write ? 0n : RIGHT.write);
  const streamRights = ALL_RIGHTS & ~(RIGHT.seek | RIGHT.tell);
  return descriptor.kind === "directory" ? streamRights & ~(RIGHT.read | RIGHT.write) : streamRights;
};

/** Writes a file's status where a guest wants it. */
export const writeStatus = (memory: GuestMemory, pointer: number, found: BigIntStats): void => {
  memory.bytes(pointer, 64).fill(0);
  memory.setU64(pointer, found.dev);
  memory.setU64(pointer + 8, found.ino);
  memory.setU8(pointer + 16, TYPE[kindOf(found)]);
  memory.setU64(pointer + 24, found.nlink);
  memory.setU64(pointer + 32, found.size);
  memory.setU64(pointer + 40, found.atimeNs);
  memory.setU64(pointer + 48, found.mtimeNs);
  memory.setU64(pointer + 56, found.ctimeNs);
};

const TIMES = { accessed: 1, accessedNow: 2, modified: 4, modifiedNow: 8 } as const;

/** The instants that a guest sets. Throws: FileError EINVAL when it asks for both a given instant and now. */
export const timesOf = (accessed: bigint, modified: bigint, flags: number): FileTimes => {
  const pick = (given: number, now: number, value: bigint): number | undefined => {
    const isGiven = (flags & given) !== 0;
    const isNow = (flags & now) !== 0;
    if (isGiven && isNow) throw new FileError("EINVAL");
    if (isNow) return Date.now();
    return isGiven ? Number(value) / 1e6 : undefined;
  };
  return {
    accessedAt: pick(TIMES.accessed, TIMES.accessedNow, accessed),
    modifiedAt: pick(TIMES.modified, TIMES.modifiedNow, modified),
  };
};

const sizeOf = (value: bigint): number => {
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) throw new FileError("EFBIG");
  return Number(value);
};

// The operating system keeps O_APPEND with the opened file, and Node cannot change it, so the file is opened anew.
const setAppend = (file: OpenFile, append: boolean): void => {
  const access = file.write ? (file.read ? constants.O_RDWR : constants.O_WRONLY) : constants.O_RDONLY;
  const fd = openSync(`/proc/self/fd/${file.fd}`, access | (append ? constants.O_APPEND : 0));
  closeSync(file.fd);
  file.fd = fd;
  file.append = append;
};

/** The functions fd_fdstat_*, fd_filestat_*, fd_advise, fd_allocate. */
export const statusFunctions = ({ memory, table }: Guest) => {
  const writable = (fd: number): OpenFile => {
    const file = table.file(fd);
    if (!file.write) throw new FileError("EBADF");
    return file;
  };
  return {
    fd_fdstat_get: (fd: number, pointer: number): void => {
      const found = table.get(fd);
      memory.bytes(pointer, 24).fill(0);
      memory.setU8(pointer, typeOf(found));
      memory.setU16(pointer + 2, found.kind === "file" && found.append ? FLAG.append : 0);
      memory.setU64(pointer + 8, rightsOf(found));
      memory.setU64(pointer + 16, found.kind === "directory" ? ALL_RIGHTS : 0n);
    },
    fd_fdstat_set_flags: (fd: number, flags: number): void => {
      const found = table.get(fd);
      const append = (flags & FLAG.append) !== 0;
      if (found.kind === "connection" || found.kind === "listener") found.nonBlocking = (flags & FLAG.nonBlocking) !== 0;
      else if (found.kind === "file" && append !== found.append) setAppend(found, append);
    },
    fd_fdstat_set_rights: (fd: number, base: bigint): void => {
      if ((base & ~rightsOf(table.get(fd))) !== 0n) throw new FileError("ENOTCAPABLE");
    },
    fd_filestat_get: (fd: number, pointer: number): void => {
      const found = table.get(fd);
      if (found.kind === "file") return writeStatus(memory, pointer, fstatSync(found.fd, { bigint: true }));
      if (found.kind === "directory") return writeStatus(memory, pointer, fstatSync(found.directory.fd, { bigint: true }));
      memory.bytes(pointer, 64).fill(0);
      memory.setU8(pointer + 16, typeOf(found));
    },
    fd_filestat_set_size: (fd: number, size: bigint): void => ftruncateSync(writable(fd).fd, sizeOf(size)),
    fd_filestat_set_times: (fd: number, accessed: bigint, modified: bigint, flags: number): void => {
      const found = table.get(fd);
      const isDirectory = found.kind === "directory";
      if (isDirectory ? found.directory.mount.readOnly : table.file(fd).readOnly) throw new FileError("EROFS");
      const hostFd = isDirectory ? found.directory.fd : table.file(fd).fd;
      const now = fstatSync(hostFd);
      const times = timesOf(accessed, modified, flags);
      futimesSync(hostFd, (times.accessedAt ?? now.atimeMs) / 1000, (times.modifiedAt ?? now.mtimeMs) / 1000);
    },
    fd_advise: (fd: number): void => void table.get(fd),
    fd_allocate: (fd: number, offset: bigint, length: bigint): void => {
      const file = writable(fd);
      const size = sizeOf(offset + length);
      if (length === 0n) throw new FileError("EINVAL");
      if (size > fstatSync(file.fd).size) ftruncateSync(file.fd, size);
    },
  };
};

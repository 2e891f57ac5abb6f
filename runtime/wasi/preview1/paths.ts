// Files by name.
import { FileError } from "#runtime/wasi/filesystem/file-error.ts";
import * as files from "#runtime/wasi/filesystem/files.ts";
import type { Descriptor } from "./descriptors.ts";
import type { Guest } from "./input-output.ts";
import { FLAG, RIGHT, timesOf, writeStatus } from "./status.ts";

const FOLLOW = 1;
const OPEN = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const;

/** What looking a path up costs, in units of Life.charge. */
export const PATH_UNITS = 20_000;

const decoder = new TextDecoder("utf-8", { fatal: true });

const decode = (bytes: Uint8Array): string => {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new FileError("EILSEQ");
  }
};

// The numbers that a call of so many arguments has; preview1 has calls with more than a function here would name.
type Five = [number, number, number, number, number];
type Six = [...Five, number];
type Seven = [...Six, number];

type OpenCall = { readonly flags: number; readonly openFlags: number; readonly rights: bigint; readonly fdFlags: number };

const openOptions = ({ flags, openFlags, rights, fdFlags }: OpenCall): files.OpenOptions => ({
  follow: (flags & FOLLOW) !== 0,
  read: (rights & (RIGHT.read | RIGHT.readDirectory)) !== 0n,
  write: (rights & RIGHT.write) !== 0n,
  append: (fdFlags & FLAG.append) !== 0,
  create: (openFlags & OPEN.create) !== 0,
  directory: (openFlags & OPEN.directory) !== 0,
  exclusive: (openFlags & OPEN.exclusive) !== 0,
  truncate: (openFlags & OPEN.truncate) !== 0,
  sync: (fdFlags & (FLAG.sync | FLAG.dataSync | FLAG.readSync)) !== 0,
});

const pathAt = ({ memory, life }: Guest, pointer: number, length: number): string => {
  life.charge(PATH_UNITS);
  return decode(memory.bytes(pointer, length));
};

const openPath =
  (guest: Guest) =>
  (...[fd, flags, pointer, length, openFlags, rights, , fdFlags, result]: [...Five, bigint, bigint, number, number]): void => {
    const { memory, table } = guest;
    const options = openOptions({ flags, openFlags, rights, fdFlags });
    const opened = files.open(table.directory(fd).directory, pathAt(guest, pointer, length), options);
    const { append, read, write } = options;
    const descriptor: Descriptor =
      opened.kind === "file"
        ? { ...opened, position: 0, append, read, write: write || append }
        : { ...opened, preopen: undefined, entries: [] };
    memory.setU32(result, table.add(descriptor));
  };

/** The functions path_*. */
export const pathFunctions = (guest: Guest) => {
  const { memory, table } = guest;
  const directory = (fd: number) => table.directory(fd).directory;
  const text = (pointer: number, length: number): string => pathAt(guest, pointer, length);
  return {
    path_create_directory: (fd: number, pointer: number, length: number): void => files.makeDirectory(directory(fd), text(pointer, length)),
    path_filestat_get: (...[fd, flags, pointer, length, result]: Five): void =>
      writeStatus(memory, result, files.stat(directory(fd), text(pointer, length), (flags & FOLLOW) !== 0)),
    path_filestat_set_times: (
      ...[fd, flags, pointer, length, accessed, modified, which]: [number, number, number, number, bigint, bigint, number]
    ): void => files.setTimes(directory(fd), text(pointer, length), (flags & FOLLOW) !== 0, timesOf(accessed, modified, which)),
    path_link: (...[from, flags, fromPointer, fromLength, to, toPointer, toLength]: Seven): void => {
      const fromPath = text(fromPointer, fromLength);
      files.link({ from: directory(from), fromPath, to: directory(to), toPath: text(toPointer, toLength) }, (flags & FOLLOW) !== 0);
    },
    path_open: openPath(guest),
    path_readlink: (...[fd, pointer, length, buffer, room, result]: Six): void => {
      const target = new TextEncoder().encode(files.readLink(directory(fd), text(pointer, length))).subarray(0, room);
      memory.bytes(buffer, target.length).set(target);
      memory.setU32(result, target.length);
    },
    path_remove_directory: (fd: number, pointer: number, length: number): void =>
      files.removeDirectory(directory(fd), text(pointer, length)),
    path_rename: (...[from, fromPointer, fromLength, to, toPointer, toLength]: Six): void =>
      files.rename({
        from: directory(from),
        fromPath: text(fromPointer, fromLength),
        to: directory(to),
        toPath: text(toPointer, toLength),
      }),
    path_symlink: (...[target, targetLength, fd, pointer, length]: Five): void =>
      files.makeLink(text(target, targetLength), directory(fd), text(pointer, length)),
    path_unlink_file: (fd: number, pointer: number, length: number): void => files.removeFile(directory(fd), text(pointer, length)),
  };
};

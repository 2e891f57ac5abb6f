// Preopened directories and reading directories.
import { lstatSync } from "node:fs";
import { at } from "#runtime/wasi/filesystem/directory.ts";
import { FileError } from "#runtime/wasi/filesystem/file-error.ts";
import { list, type Entry } from "#runtime/wasi/filesystem/files.ts";
import type { OpenDirectory } from "./descriptors.ts";
import type { Guest } from "./input-output.ts";
import { PATH_UNITS } from "./paths.ts";
import { fileType } from "./status.ts";

const ENTRY_BYTES = 24;
const MOST_BYTES = 1 << 20;

const inodeOf = ({ directory }: OpenDirectory, name: string): bigint =>
  lstatSync(at(directory, name), { throwIfNoEntry: false, bigint: true })?.ino ?? 0n;

// The entries from number `from` on, cut off where the guest's buffer ends, as preview1 wants it.
const writeEntries = (open: OpenDirectory, buffer: Uint8Array, from: number): number => {
  let used = 0;
  for (let index = from; index < open.entries.length && used < buffer.length; index++) {
    const { name, kind } = open.entries[index] as Entry;
    const encoded = new TextEncoder().encode(name);
    const entry = new Uint8Array(ENTRY_BYTES + encoded.length);
    const view = new DataView(entry.buffer);
    view.setBigUint64(0, BigInt(index + 1), true);
    view.setBigUint64(8, inodeOf(open, name), true);
    view.setUint32(16, encoded.length, true);
    view.setUint8(20, fileType(kind));
    entry.set(encoded, ENTRY_BYTES);
    const part = entry.subarray(0, buffer.length - used);
    buffer.set(part, used);
    used += part.length;
  }
  return used;
};

const DOTS: readonly Entry[] = [
  { name: ".", kind: "directory" },
  { name: "..", kind: "directory" },
];

/** The functions fd_prestat_* and fd_readdir. */
export const listingFunctions = ({ memory, table, life }: Guest) => {
  const preopen = (fd: number): string => {
    const found = table.get(fd);
    if (found.kind !== "directory" || found.preopen === undefined) throw new FileError("EBADF");
    return found.preopen;
  };
  return {
    fd_prestat_get: (fd: number, pointer: number): void => {
      const path = preopen(fd);
      memory.setU32(pointer, 0);
      memory.setU32(pointer + 4, new TextEncoder().encode(path).length);
    },
    fd_prestat_dir_name: (fd: number, pointer: number, length: number): void => {
      const bytes = new TextEncoder().encode(preopen(fd));
      if (length < bytes.length) throw new FileError("ENAMETOOLONG");
      memory.bytes(pointer, bytes.length).set(bytes);
    },
    fd_readdir: (...[fd, pointer, length, cookie, result]: [number, number, number, bigint, number]): void => {
      const open = table.directory(fd);
      if (cookie === 0n) open.entries = [...DOTS, ...list(open.directory)];
      const used = writeEntries(open, memory.bytes(pointer, Math.min(length >>> 0, MOST_BYTES)), Number(cookie));
      life.charge(PATH_UNITS + 100 * used);
      memory.setU32(result, used);
    },
  };
};

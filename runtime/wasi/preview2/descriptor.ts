// The resource descriptor: a file or directory of the node's that a guest has open, and the streams over it.
//
// D1 the node's descriptor is closed when nobody uses it any more and not before: a number that is closed may be another
//    guest's file the next moment. A stream outlives the guest's handle of its file.
// D2 a guest has a bounded number of the node's descriptors.
import { closeSync, fstatSync, readSync, writeSync } from "node:fs";
import { closeDirectory, type Directory } from "#runtime/wasi/filesystem/directory.ts";
import { FileError } from "#runtime/wasi/filesystem/file-error.ts";
import type { Opened } from "#runtime/wasi/filesystem/files.ts";
import { ALWAYS } from "./poll.ts";
import { InputStream, OutputStream } from "./streams.ts";

/** A call moves at most so much. */
export const MOST_BYTES = 1 << 20;

/** How many there may be at a time. */
export class Quota {
  readonly #most: number;
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** The answer gives it back. Throws: FileError EMFILE when there are as many as there may be. */
  take(): () => void {
    if (this.#count >= this.#most) throw new FileError("EMFILE");
    this.#count++;
    return () => void this.#count--;
  }
}

/** The resource descriptor. */
export class Descriptor {
  readonly opened: Opened;
  readonly flags: ReadonlySet<string>;
  readonly #closed: () => void;
  #users = 1;

  /** `closed` is called when it is closed. */
  constructor(opened: Opened, flags: ReadonlySet<string>, closed: () => void) {
    this.opened = opened;
    this.flags = flags;
    this.#closed = closed;
  }

  /** The node's descriptor. */
  get fd(): number {
    return this.opened.kind === "file" ? this.opened.fd : this.opened.directory.fd;
  }

  /** Throws: FileError when it is not a directory. */
  get directory(): Directory {
    if (this.opened.kind !== "directory") throw new FileError("ENOTDIR");
    return this.opened.directory;
  }

  /** The node's descriptor of a file. Throws: FileError when it is a directory, or was opened for something else. */
  file(use: "read" | "write"): number {
    if (this.opened.kind === "directory") throw new FileError(use === "read" ? "EISDIR" : "EBADF");
    if (!this.flags.has(use)) throw new FileError("EBADF");
    return this.opened.fd;
  }

  /** Another user of it; each lets go of it once. */
  retain(): void {
    this.#users++;
  }

  release(): void {
    if (--this.#users > 0) return;
    if (this.opened.kind === "file") closeSync(this.opened.fd);
    else closeDirectory(this.opened.directory);
    this.#closed();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** At most `length` bytes of a file from `from` on. */
export const readAt = (fd: number, length: number, from: number): Uint8Array => {
  const bytes = new Uint8Array(Math.min(length, MOST_BYTES));
  return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, from));
};

const writeAll = (fd: number, bytes: Uint8Array, from: number): void => {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, from + done);
};

/** A stream of a file's bytes from `from` on. Throws: FileError. */
export const readStream = (descriptor: Descriptor, from: number): InputStream => {
  const fd = descriptor.file("read");
  let at = from;
  descriptor.retain();
  return new InputStream({
    ...ALWAYS,
    read: (most) => {
      const bytes = readAt(fd, most, at);
      at += bytes.length;
      return bytes.length === 0 && most > 0 ? undefined : bytes;
    },
    close: () => descriptor.release(),
  });
};

/** A stream into a file from `from` on, or to wherever its end is. Throws: FileError. */
export const writeStream = (descriptor: Descriptor, from: number | "end"): OutputStream => {
  const fd = descriptor.file("write");
  let at = from;
  descriptor.retain();
  return new OutputStream({
    ...ALWAYS,
    room: () => MOST_BYTES,
    write: (bytes) => {
      writeAll(fd, bytes, at === "end" ? fstatSync(fd).size : at);
      if (at !== "end") at += bytes.length;
    },
    flushed: ALWAYS,
    close: () => descriptor.release(),
  });
};

// What a guest's file descriptors stand for.
import { closeSync } from "node:fs";
import type { Entry } from "#runtime/wasi/filesystem/files.ts";
import { closeDirectory, type Directory } from "#runtime/wasi/filesystem/directory.ts";
import { FileError } from "#runtime/wasi/filesystem/file-error.ts";
import type { Connection, Listener } from "./connections.ts";

/** Standard input, which is empty. */
export type Input = { readonly kind: "input" };

/** Standard output or error. */
export type Output = { readonly kind: "output"; readonly write: (bytes: Uint8Array) => void };

export type OpenFile = {
  readonly kind: "file";
  /** The node's descriptor; another one after the flags were changed. */
  fd: number;
  /** Where the next read or write is, in bytes. */
  position: number;
  append: boolean;
  readonly read: boolean;
  readonly write: boolean;
  /** It lies in a mount that may only be read. */
  readonly readOnly: boolean;
};

export type OpenDirectory = {
  readonly kind: "directory";
  readonly directory: Directory;
  /** The guest path of a preopened directory. */
  readonly preopen: string | undefined;
  /** What it held when reading it began. */
  entries: readonly Entry[];
};

export type Descriptor = Input | Output | OpenFile | OpenDirectory | Listener | Connection;

// As many as a process has by custom: each may hold one of the node's.
const MOST_DESCRIPTORS = 1024;

const release = (descriptor: Descriptor): void => {
  if (descriptor.kind === "file") closeSync(descriptor.fd);
  else if (descriptor.kind === "directory" && descriptor.preopen === undefined) closeDirectory(descriptor.directory);
  else if (descriptor.kind === "connection" || descriptor.kind === "listener") descriptor.close();
};

/** A guest's descriptors by number. */
export class DescriptorTable {
  readonly #open: (Descriptor | undefined)[];

  constructor(first: readonly Descriptor[]) {
    this.#open = [...first];
  }

  /** Throws: FileError EBADF. */
  get(fd: number): Descriptor {
    const found = this.#open[fd];
    if (found === undefined) throw new FileError("EBADF");
    return found;
  }

  /** Throws: FileError EBADF, or ENOTDIR for what is open but not a directory. */
  directory(fd: number): OpenDirectory {
    const found = this.get(fd);
    if (found.kind !== "directory") throw new FileError("ENOTDIR");
    return found;
  }

  /** Throws: FileError EBADF for what is not open or not a file. */
  file(fd: number): OpenFile {
    const found = this.get(fd);
    if (found.kind !== "file") throw new FileError("EBADF");
    return found;
  }

  /** Gives it the lowest number that is free. Throws: FileError EMFILE. */
  add(descriptor: Descriptor): number {
    const free = this.#open.indexOf(undefined);
    const fd = free === -1 ? this.#open.length : free;
    if (fd >= MOST_DESCRIPTORS) {
      release(descriptor);
      throw new FileError("EMFILE");
    }
    this.#open[fd] = descriptor;
    return fd;
  }

  /** Throws: FileError EBADF. */
  close(fd: number): void {
    release(this.get(fd));
    this.#open[fd] = undefined;
  }

  /** Lets `to`, which must be open, mean what `from` means, and frees `from`. Throws: FileError EBADF. */
  move(from: number, to: number): void {
    const moved = this.get(from);
    if (from === to) return;
    release(this.get(to));
    this.#open[to] = moved;
    this.#open[from] = undefined;
  }

  closeAll(): void {
    for (const descriptor of this.#open) if (descriptor !== undefined) release(descriptor);
    this.#open.length = 0;
  }
}

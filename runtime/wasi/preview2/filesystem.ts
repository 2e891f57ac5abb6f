// wasi:filesystem over the guest's mounts.
import { closeSync, fdatasync, fstatSync, fsync, ftruncateSync, futimesSync, readSync, writeSync, type BigIntStats } from "node:fs";
import type { HostInterface } from "#runtime/wasi/component/linker.ts";
import { closeDirectory, type Directory } from "#runtime/wasi/filesystem/directory.ts";
import { FileError } from "#runtime/wasi/filesystem/file-error.ts";
import * as files from "#runtime/wasi/filesystem/files.ts";
import type { GuestRoot } from "#runtime/wasi/filesystem/mounts.ts";
import type { Life } from "#runtime/wasi/life.ts";
import { descriptorType, errorCode } from "./file-codes.ts";
import { ALWAYS, Signal } from "./poll.ts";
import { err, GuestEnds, ok, type Result } from "./result.ts";
import { InputStream, OutputStream, type Sink, type StreamFailure } from "./streams.ts";

type Filed<Value> = Result<Value, string>;
type Datetime = { readonly seconds: bigint; readonly nanoseconds: number };
type NewTimestamp = { readonly tag: "no-change" } | { readonly tag: "now" } | { readonly tag: "timestamp"; readonly val: Datetime };
type Names = ReadonlySet<string>;

// A call moves at most so much, and what it costs, in units of Life.charge.
const MOST_BYTES = 1 << 20;
const PATH_UNITS = 20_000;

// Descriptors a guest may have open: each holds one of the node's.
const MOST_DESCRIPTORS = 1024;

/** The resource descriptor. */
export class Descriptor {
  readonly opened: files.Opened;
  readonly flags: Names;
  readonly #released: () => void;

  /** `released` is called when it is closed. */
  constructor(opened: files.Opened, flags: Names, released: () => void) {
    this.opened = opened;
    this.flags = flags;
    this.#released = released;
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

  [Symbol.dispose](): void {
    if (this.opened.kind === "file") closeSync(this.opened.fd);
    else closeDirectory(this.opened.directory);
    this.#released();
  }
}

const position = (offset: bigint): number => {
  if (offset > BigInt(Number.MAX_SAFE_INTEGER)) throw new FileError("EINVAL");
  return Number(offset);
};

const datetime = (nanos: bigint): Datetime => ({ seconds: nanos / 1_000_000_000n, nanoseconds: Number(nanos % 1_000_000_000n) });

const statusOf = (found: BigIntStats) => ({
  type: descriptorType(files.kindOf(found)),
  linkCount: found.nlink,
  size: found.size,
  dataAccessTimestamp: datetime(found.atimeNs),
  dataModificationTimestamp: datetime(found.mtimeNs),
  statusChangeTimestamp: datetime(found.ctimeNs),
});

const instantOf = (stamp: NewTimestamp): number | undefined => {
  if (stamp.tag === "no-change") return undefined;
  return stamp.tag === "now" ? Date.now() : Number(stamp.val.seconds) * 1000 + stamp.val.nanoseconds / 1e6;
};

const hashOf = (found: BigIntStats): { readonly lower: bigint; readonly upper: bigint } => ({
  lower: found.ino,
  upper: BigInt.asUintN(64, found.dev ^ found.mtimeNs),
});

const read = (fd: number, length: number, at: number): Uint8Array => {
  const bytes = new Uint8Array(Math.min(length, MOST_BYTES));
  return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, at));
};

// Reads a file from `from` on. The descriptor stays the guest's, and is to be open as long as the stream.
const fileSource = (descriptor: Descriptor, from: number): InputStream => {
  let at = from;
  return new InputStream({
    ...ALWAYS,
    read: (most) => {
      const bytes = read(descriptor.file("read"), most, at);
      at += bytes.length;
      return bytes.length === 0 && most > 0 ? undefined : bytes;
    },
    close: () => undefined,
  });
};

const fileSink = (descriptor: Descriptor, from: number | undefined): OutputStream => {
  let at = from;
  const sink: Sink = {
    ...ALWAYS,
    room: () => MOST_BYTES,
    write: (bytes) => {
      const fd = descriptor.file("write");
      const place = at ?? fstatSync(fd).size;
      writeSync(fd, bytes, 0, bytes.length, place);
      if (at !== undefined) at += bytes.length;
    },
    flushed: ALWAYS,
    close: () => undefined,
  };
  return new OutputStream(sink);
};

const openOptions = (pathFlags: Names, openFlags: Names, flags: Names): files.OpenOptions => ({
  follow: pathFlags.has("symlink-follow"),
  read: flags.has("read") || !flags.has("write"),
  write: flags.has("write"),
  append: false,
  create: openFlags.has("create"),
  exclusive: openFlags.has("exclusive"),
  truncate: openFlags.has("truncate"),
  directory: openFlags.has("directory"),
  sync: flags.has("file-integrity-sync") || flags.has("data-integrity-sync"),
});

const answering =
  <Args extends readonly unknown[], Value>(act: (...args: Args) => Value) =>
  (...args: Args): Filed<Value> => {
    try {
      return ok(act(...args));
    } catch (error) {
      const code = errorCode(error);
      if (code === undefined) throw error;
      return err(code);
    }
  };

const onFiles = (): HostInterface => ({
  "[method]descriptor.read-via-stream": answering((self: Descriptor, offset: bigint) => {
    self.file("read");
    return fileSource(self, position(offset));
  }),
  "[method]descriptor.write-via-stream": answering((self: Descriptor, offset: bigint) => {
    self.file("write");
    return fileSink(self, position(offset));
  }),
  "[method]descriptor.append-via-stream": answering((self: Descriptor) => {
    self.file("write");
    return fileSink(self, undefined);
  }),
  "[method]descriptor.advise": answering(() => undefined),
  "[method]descriptor.get-flags": answering((self: Descriptor) => self.flags),
  "[method]descriptor.get-type": answering((self: Descriptor) => descriptorType(files.kindOf(fstatSync(self.fd, { bigint: true })))),
  "[method]descriptor.set-size": answering((self: Descriptor, size: bigint) => ftruncateSync(self.file("write"), position(size))),
  "[method]descriptor.set-times": answering((self: Descriptor, accessed: NewTimestamp, modified: NewTimestamp) => {
    const { opened } = self;
    if (opened.kind === "file" ? opened.readOnly : opened.directory.mount.readOnly) throw new FileError("EROFS");
    const found = fstatSync(self.fd);
    futimesSync(self.fd, (instantOf(accessed) ?? found.atimeMs) / 1000, (instantOf(modified) ?? found.mtimeMs) / 1000);
  }),
  "[method]descriptor.read": answering((self: Descriptor, length: bigint, offset: bigint) => {
    const bytes = read(self.file("read"), Math.min(Number(length), MOST_BYTES), position(offset));
    return [bytes, bytes.length === 0 && length > 0n];
  }),
  "[method]descriptor.write": answering((self: Descriptor, bytes: Uint8Array, offset: bigint) =>
    BigInt(writeSync(self.file("write"), bytes, 0, bytes.length, position(offset))),
  ),
  "[method]descriptor.stat": answering((self: Descriptor) => statusOf(fstatSync(self.fd, { bigint: true }))),
  "[method]descriptor.is-same-object": (self: Descriptor, other: Descriptor) => {
    const [one, two] = [fstatSync(self.fd, { bigint: true }), fstatSync(other.fd, { bigint: true })];
    return one.dev === two.dev && one.ino === two.ino;
  },
  "[method]descriptor.metadata-hash": answering((self: Descriptor) => hashOf(fstatSync(self.fd, { bigint: true }))),
});

const syncing =
  (life: Life, sync: typeof fsync) =>
  async (self: Descriptor): Promise<Filed<undefined>> => {
    const finished = new Signal();
    let failure: unknown;
    sync(self.fd, (error) => {
      failure = error;
      finished.announce();
    });
    if (!(await life.wait(undefined, [finished]))) throw new GuestEnds();
    const code = errorCode(failure);
    return code === undefined ? ok(undefined) : err(code);
  };

const follows = (flags: Names): boolean => flags.has("symlink-follow");

// Functions that look a path up.
const onPaths = (life: Life): HostInterface => {
  const looking = <Args extends readonly unknown[], Value>(act: (...args: Args) => Value) => {
    const answer = answering(act);
    return (...args: Args): Filed<Value> => {
      life.charge(PATH_UNITS);
      return answer(...args);
    };
  };
  return {
    "[method]descriptor.create-directory-at": looking((self: Descriptor, path: string) => files.makeDirectory(self.directory, path)),
    "[method]descriptor.stat-at": looking((self: Descriptor, flags: Names, path: string) =>
      statusOf(files.stat(self.directory, path, follows(flags))),
    ),
    "[method]descriptor.set-times-at": looking(
      (...[self, flags, path, accessed, modified]: [Descriptor, Names, string, NewTimestamp, NewTimestamp]) =>
        files.setTimes(self.directory, path, follows(flags), { accessedAt: instantOf(accessed), modifiedAt: instantOf(modified) }),
    ),
    "[method]descriptor.link-at": looking((...[self, flags, fromPath, to, toPath]: [Descriptor, Names, string, Descriptor, string]) =>
      files.link({ from: self.directory, fromPath, to: to.directory, toPath }, follows(flags)),
    ),
    "[method]descriptor.readlink-at": looking((self: Descriptor, path: string) => files.readLink(self.directory, path)),
    "[method]descriptor.remove-directory-at": looking((self: Descriptor, path: string) => files.removeDirectory(self.directory, path)),
    "[method]descriptor.rename-at": looking((self: Descriptor, fromPath: string, to: Descriptor, toPath: string) =>
      files.rename({ from: self.directory, fromPath, to: to.directory, toPath }),
    ),
    "[method]descriptor.symlink-at": looking((self: Descriptor, target: string, path: string) =>
      files.makeLink(target, self.directory, path),
    ),
    "[method]descriptor.unlink-file-at": looking((self: Descriptor, path: string) => files.removeFile(self.directory, path)),
    "[method]descriptor.metadata-hash-at": looking((self: Descriptor, flags: Names, path: string) =>
      hashOf(files.stat(self.directory, path, follows(flags))),
    ),
    "[method]descriptor.read-directory": looking((self: Descriptor) => ({ left: files.list(self.directory).toReversed() })),
  };
};

type EntryStream = { readonly left: files.Entry[] };

// Opens descriptors and counts them.
const opening = (life: Life): HostInterface => {
  let count = 0;
  const released = (): void => void count--;
  const open = answering((...[self, pathFlags, path, openFlags, flags]: [Descriptor, Names, string, Names, Names]) => {
    if (count >= MOST_DESCRIPTORS) throw new FileError("EMFILE");
    life.charge(PATH_UNITS);
    const opened = files.open(self.directory, path, openOptions(pathFlags, openFlags, flags));
    count++;
    return new Descriptor(opened, flags, released);
  });
  return { "[method]descriptor.open-at": open };
};

/** The interfaces of wasi:filesystem. */
export const filesystemInterfaces = (root: GuestRoot, life: Life): Readonly<Record<string, HostInterface>> => ({
  "wasi:filesystem/preopens": {
    "get-directories": () => {
      const opened = files.open(root.directory(), ".", openOptions(new Set(), new Set(["directory"]), new Set(["read"])));
      return [[new Descriptor(opened, new Set(["read", "mutate-directory"]), () => undefined), "/"]];
    },
  },
  "wasi:filesystem/types": {
    ...onFiles(),
    ...onPaths(life),
    ...opening(life),
    "[method]descriptor.sync": { suspends: syncing(life, fsync) },
    "[method]descriptor.sync-data": { suspends: syncing(life, fdatasync) },
    "[method]directory-entry-stream.read-directory-entry": ({ left }: EntryStream) => {
      const entry = left.pop();
      return ok(entry === undefined ? undefined : { type: descriptorType(entry.kind), name: entry.name });
    },
    "filesystem-error-code": ({ cause }: StreamFailure) => errorCode(cause),
  },
});

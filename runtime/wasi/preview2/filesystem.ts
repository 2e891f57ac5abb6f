// wasi:filesystem over the guest's mounts.
import { fdatasync, fstatSync, fsync, ftruncateSync, futimesSync, writeSync, type BigIntStats } from "node:fs";
import type { HostInterface } from "#runtime/wasi/component/linker.ts";
import { FileError } from "#runtime/wasi/filesystem/file-error.ts";
import * as files from "#runtime/wasi/filesystem/files.ts";
import type { GuestRoot } from "#runtime/wasi/filesystem/mounts.ts";
import type { Life } from "#runtime/wasi/life.ts";
import { Descriptor, MOST_BYTES, Quota, readAt, readStream, writeStream } from "./descriptor.ts";
import { descriptorType, errorCode } from "./file-codes.ts";
import { Signal } from "#runtime/wasi/signal.ts";
import { err, GuestEnds, ok, type Result } from "./result.ts";
import type { StreamFailure } from "./streams.ts";

type Filed<Value> = Result<Value, string>;
type Datetime = { readonly seconds: bigint; readonly nanoseconds: number };
type NewTimestamp = { readonly tag: "no-change" } | { readonly tag: "now" } | { readonly tag: "timestamp"; readonly val: Datetime };
type Names = ReadonlySet<string>;

const ROOT_FLAGS: Names = new Set(["read", "mutate-directory"]);

// What calls cost, in units of Life.charge, beside the bytes they move.
const CALL_UNITS = 1000;
const PATH_UNITS = 20_000;

// Descriptors that a guest may have open, and listings, each of which may be long.
const MOST_DESCRIPTORS = 1024;
const MOST_LISTINGS = 64;

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

const onFiles = (life: Life): HostInterface => ({
  "[method]descriptor.read-via-stream": answering((self: Descriptor, offset: bigint) => readStream(self, position(offset))),
  "[method]descriptor.write-via-stream": answering((self: Descriptor, offset: bigint) => writeStream(self, position(offset))),
  "[method]descriptor.append-via-stream": answering((self: Descriptor) => writeStream(self, "end")),
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
    const bytes = readAt(self.file("read"), Number(length), position(offset));
    life.charge(CALL_UNITS + bytes.length);
    return [bytes, bytes.length === 0 && length > 0n];
  }),
  "[method]descriptor.write": answering((self: Descriptor, bytes: Uint8Array, offset: bigint) => {
    const written = writeSync(self.file("write"), bytes, 0, Math.min(bytes.length, MOST_BYTES), position(offset));
    life.charge(CALL_UNITS + written);
    return BigInt(written);
  }),
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
  };
};

/** The resource directory-entry-stream. */
class EntryStream {
  readonly #left: files.Entry[];
  readonly #closed: () => void;

  /** `closed` is called when it is closed. */
  constructor(entries: readonly files.Entry[], closed: () => void) {
    this.#left = entries.toReversed();
    this.#closed = closed;
  }

  next(): files.Entry | undefined {
    return this.#left.pop();
  }

  [Symbol.dispose](): void {
    this.#closed();
  }
}

// What takes a place in a quota has it until it is closed, and has none when it could not be made.
const within = <Made>(quota: Quota, make: (closed: () => void) => Made): Made => {
  const giveBack = quota.take();
  try {
    return make(giveBack);
  } catch (error) {
    giveBack();
    throw error;
  }
};

/** The interfaces of wasi:filesystem. */
export const filesystemInterfaces = (root: GuestRoot, life: Life): Readonly<Record<string, HostInterface>> => {
  const [descriptors, listings] = [new Quota(MOST_DESCRIPTORS), new Quota(MOST_LISTINGS)];
  const openRoot = (): Descriptor =>
    within(descriptors, (closed) => {
      const opened = files.open(root.directory(), ".", openOptions(new Set(), new Set(["directory"]), ROOT_FLAGS));
      return new Descriptor(opened, ROOT_FLAGS, closed);
    });
  const openAt = (...[self, pathFlags, path, openFlags, flags]: [Descriptor, Names, string, Names, Names]): Descriptor =>
    within(descriptors, (closed) => {
      life.charge(PATH_UNITS);
      return new Descriptor(files.open(self.directory, path, openOptions(pathFlags, openFlags, flags)), flags, closed);
    });
  const list = (self: Descriptor): EntryStream =>
    within(listings, (closed) => {
      life.charge(PATH_UNITS);
      return new EntryStream(files.list(self.directory), closed);
    });
  return {
    "wasi:filesystem/preopens": { "get-directories": () => [[openRoot(), "/"]] },
    "wasi:filesystem/types": {
      ...onFiles(life),
      ...onPaths(life),
      "[method]descriptor.open-at": answering(openAt),
      "[method]descriptor.read-directory": answering(list),
      "[method]descriptor.sync": { suspends: syncing(life, fsync) },
      "[method]descriptor.sync-data": { suspends: syncing(life, fdatasync) },
      "[method]directory-entry-stream.read-directory-entry": (self: EntryStream) => {
        const entry = self.next();
        return ok(entry === undefined ? undefined : { type: descriptorType(entry.kind), name: entry.name });
      },
      "filesystem-error-code": ({ cause }: StreamFailure) => errorCode(cause),
    },
  };
};

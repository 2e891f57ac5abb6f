import { existsSync, fstatSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { HostFunction, Suspending } from "#runtime/wasi/component/functions.ts";
import { mountTree, type MountSpec } from "#runtime/wasi/filesystem/mount-tree.ts";
import { GuestRoot } from "#runtime/wasi/filesystem/mounts.ts";
import type { Descriptor } from "#runtime/wasi/preview2/descriptor.ts";
import { filesystemInterfaces } from "#runtime/wasi/preview2/filesystem.ts";
import { GuestEnds, type Result } from "#runtime/wasi/preview2/result.ts";
import { StreamFailure, type InputStream, type OutputStream } from "#runtime/wasi/preview2/streams.ts";
import { suite } from "#test/support/suite.ts";
import { openSandbox } from "../filesystem/sandbox.ts";
import { TestLife } from "../preview1/guest.ts";

const test = suite("wasi:filesystem");

// What it answers is what the test says it is.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as above
type Call = <Value>(name: string, ...args: unknown[]) => Value;

type Opened = Disposable & { readonly inside: string; readonly root: Descriptor; readonly call: Call; readonly life: TestLife };

const open = (mounts: (outside: string) => readonly MountSpec[] = () => []): Opened => {
  const sandbox = openSandbox();
  const life = new TestLife();
  const guestRoot = new GuestRoot(mountTree({ hostPath: sandbox.inside, readOnly: false }, mounts(sandbox.outside)), () => undefined);
  const interfaces = filesystemInterfaces(guestRoot, life);
  const types = interfaces["wasi:filesystem/types"] ?? {};
  const call: Call = (name, ...args) => {
    const fn = (types[name] ?? types[`[method]descriptor.${name}`]) as HostFunction | Suspending;
    return (typeof fn === "function" ? fn : fn.suspends)(...(args as never[])) as never;
  };
  const directories = interfaces["wasi:filesystem/preopens"]?.["get-directories"] as () => readonly [Descriptor, string][];
  const [[root, name] = []] = directories();
  assert.is(name, "/");
  return {
    inside: sandbox.inside,
    life,
    root: root as Descriptor,
    call,
    [Symbol.dispose]: () => {
      root?.[Symbol.dispose]();
      guestRoot.close();
      sandbox[Symbol.dispose]();
    },
  };
};

const set = (...names: string[]): ReadonlySet<string> => new Set(names);

const valueOf = <Value>(result: Result<Value, unknown>): Value => {
  assert.is(result.tag, "ok", String(result.val));
  return result.val as Value;
};

const codeOf = (result: Result<unknown, string>): string => {
  assert.is(result.tag, "err");
  return result.val as string;
};

const openAt = ({ call, root }: Opened, path: string, flags = set("read"), openFlags = set()): Result<Descriptor, string> =>
  call("open-at", root, set("symlink-follow"), path, openFlags, flags);

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytesOf = (from: string): Uint8Array => new TextEncoder().encode(from);

test("a file is written and read, at places and by streams", () => {
  using opened = open();
  const { call } = opened;
  using file = valueOf(openAt(opened, "file", set("read", "write"), set("create")));
  assert.is(valueOf(call<Result<bigint, string>>("write", file, bytesOf("hello"), 0n)), 5n);
  assert.equal(valueOf(call<Result<readonly [Uint8Array, boolean], string>>("read", file, 3n, 1n)).map(String), ["101,108,108", "false"]);
  assert.is(valueOf(call<Result<readonly [Uint8Array, boolean], string>>("read", file, 3n, 5n))[1], true);
  using end = valueOf(call<Result<OutputStream, string>>("append-via-stream", file));
  end.write(bytesOf(" there"));
  using middle = valueOf(call<Result<OutputStream, string>>("write-via-stream", file, 1n));
  middle.write(bytesOf("u"));
  middle.write(bytesOf("LL"));
  assert.is(readFileSync(join(opened.inside, "file"), "utf8"), "huLLo there");
  using from = valueOf(call<Result<InputStream, string>>("read-via-stream", file, 6n));
  assert.is(text(valueOf(from.read(3n))), "the");
  assert.is(text(valueOf(from.read(100n))), "re");
  assert.equal(from.read(100n), { tag: "err", val: { tag: "closed" } });
});

test("a stream outlives the handle of its file, and closes it at its end", () => {
  using opened = open();
  writeFileSync(join(opened.inside, "file"), "text");
  const file = valueOf(openAt(opened, "file"));
  const stream = valueOf(opened.call<Result<InputStream, string>>("read-via-stream", file, 0n));
  file[Symbol.dispose]();
  assert.is(text(valueOf(stream.read(10n))), "text");
  stream[Symbol.dispose]();
  assert.throws(() => fstatSync(file.fd), /EBADF/);
});

test("a guest has so many descriptors and no more, and as many again when it closes them", () => {
  using opened = open();
  writeFileSync(join(opened.inside, "file"), "");
  const all: Descriptor[] = [];
  for (;;) {
    const result = openAt(opened, "file");
    if (result.tag === "err") {
      assert.is(result.val, "insufficient-memory");
      break;
    }
    all.push(result.val);
  }
  assert.is(all.length, 1023, "and the root");
  for (const each of all) each[Symbol.dispose]();
  valueOf(openAt(opened, "file"))[Symbol.dispose]();
});

test("what cannot be done is said in WASI's words", () => {
  using opened = open((outside) => [{ hostPath: outside, guestPath: "/outside", readOnly: true }]);
  const { call, root } = opened;
  mkdirSync(join(opened.inside, "dir"));
  symlinkSync("/etc", join(opened.inside, "link"));
  assert.is(codeOf(openAt(opened, "none")), "no-entry");
  assert.is(codeOf(openAt(opened, "../etc")), "not-permitted");
  assert.is(codeOf(openAt(opened, "link/hostname")), "not-permitted");
  assert.is(codeOf(openAt(opened, "outside/new", set("write"), set("create"))), "read-only");
  assert.is(codeOf(call("create-directory-at", root, "dir")), "exist");
  assert.is(codeOf(call("unlink-file-at", root, "dir")), "is-directory");
  using directory = valueOf(openAt(opened, "dir"));
  assert.is(codeOf(call("read", directory, 1n, 0n)), "is-directory");
  assert.is(codeOf(call("write", directory, bytesOf("x"), 0n)), "bad-descriptor");
  using file = valueOf(openAt(opened, "file", set("write"), set("create")));
  assert.is(codeOf(call("open-at", file, set(), "x", set(), set("read"))), "not-directory");
  assert.is(codeOf(call("read", file, 1n, 0n)), "bad-descriptor", "it was opened to write");
  assert.is(codeOf(call("read-via-stream", file, 0n)), "bad-descriptor");
});

test("directories are made, listed, renamed and removed", () => {
  using opened = open();
  const { call, root } = opened;
  for (const [name, ...args] of [
    ["create-directory-at", root, "one"],
    ["rename-at", root, "one", root, "two"],
    ["symlink-at", root, "two", "link"],
  ]) {
    valueOf(call(name as string, ...args));
  }
  assert.is(valueOf(call<Result<string, string>>("readlink-at", root, "link")), "two");
  const listing = valueOf(call<Result<Disposable, string>>("read-directory", root));
  const next = (): unknown => valueOf(call<Result<unknown, string>>("[method]directory-entry-stream.read-directory-entry", listing));
  const entries = [next(), next()] as { readonly name: string }[];
  assert.equal(
    entries.toSorted((a, b) => a.name.localeCompare(b.name)),
    [
      { type: "symbolic-link", name: "link" },
      { type: "directory", name: "two" },
    ],
  );
  assert.is(next(), undefined);
  listing[Symbol.dispose]();
  valueOf(call("remove-directory-at", root, "two"));
  assert.not(existsSync(join(opened.inside, "two")));
});

test("status, size and times are a file's", () => {
  using opened = open();
  const { call, root } = opened;
  writeFileSync(join(opened.inside, "file"), "12345");
  utimesSync(join(opened.inside, "file"), 1, 2);
  type Status = { readonly type: string; readonly size: bigint; readonly dataModificationTimestamp: unknown };
  const statusOf = (): Status => valueOf(call<Result<Status, string>>("stat-at", root, set(), "file"));
  const { type, size, dataModificationTimestamp } = statusOf();
  assert.equal([type, size, dataModificationTimestamp], ["regular-file", 5n, { seconds: 2n, nanoseconds: 0 }]);
  using file = valueOf(openAt(opened, "file", set("read", "write")));
  valueOf(call("set-size", file, 2n));
  valueOf(call("set-times", file, { tag: "no-change" }, { tag: "timestamp", val: { seconds: 9n, nanoseconds: 500_000_000 } }));
  assert.equal([statusOf().size, statusOf().dataModificationTimestamp], [2n, { seconds: 9n, nanoseconds: 500_000_000 }]);
  assert.is(valueOf(call<Result<string, string>>("get-type", file)), "regular-file");
  assert.is(call("is-same-object", file, root), false);
  assert.equal(call("metadata-hash", file), call("metadata-hash-at", root, set(), "file"));
});

test("syncing waits, and ends with its guest", async () => {
  using opened = open();
  using file = valueOf(openAt(opened, "file", set("write"), set("create")));
  valueOf(await opened.call<Promise<Result<undefined, string>>>("sync", file));
  opened.life.isEnding = true;
  const ended: unknown = await opened.call<Promise<unknown>>("sync-data", file).catch((error: unknown) => error);
  assert.instance(ended, GuestEnds);
});

test("why a stream failed is told only when it was a file's", () => {
  using opened = open();
  const failure = (code: string): StreamFailure => new StreamFailure(Object.assign(new Error("x"), { code }));
  assert.is(opened.call("filesystem-error-code", failure("ENOSPC")), "insufficient-space");
  assert.is(opened.call("filesystem-error-code", new StreamFailure(new Error("other"))), undefined);
});

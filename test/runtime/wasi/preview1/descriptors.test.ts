import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { ERRNO } from "#runtime/wasi/preview1/errno.ts";
import { suite } from "#test/support/suite.ts";
import { openGuest, type TestGuest } from "./guest.ts";

const test = suite("preview1: descriptors");

const READ = 1n << 1n;
const WRITE = 1n << 6n;
const CREATE = 1;
const APPEND = 1;

// Where things lie in the guest's memory here.
const AT = { path: 0, vectors: 1000, result: 2000, data: 4000 };

type How = { readonly create?: boolean; readonly rights: bigint; readonly append?: boolean };

const open = (guest: TestGuest, path: string, { create = false, rights, append = false }: How): number => {
  const length = guest.put(AT.path, path);
  const [openFlags, fdFlags] = [create ? CREATE : 0, append ? APPEND : 0];
  assert.is(guest.call("path_open", 3, 1, AT.path, length, openFlags, rights, 0n, fdFlags, AT.result), 0);
  return guest.view().getUint32(AT.result, true);
};

// Sets up one buffer for each length, one after the other from `data` on; answers how many.
const vectors = (guest: TestGuest, ...lengths: number[]): number => {
  let at = AT.data;
  for (const [index, length] of lengths.entries()) {
    guest.view().setUint32(AT.vectors + 8 * index, at, true);
    guest.view().setUint32(AT.vectors + 8 * index + 4, length, true);
    at += length;
  }
  return lengths.length;
};

const moved = (guest: TestGuest): number => guest.view().getUint32(AT.result, true);

test("output goes out as it is written, from all buffers", () => {
  using guest = openGuest();
  guest.put(AT.data, "hello world");
  assert.is(guest.call("fd_write", 1, AT.vectors, vectors(guest, 5, 6), AT.result), 0);
  assert.is(moved(guest), 11);
  assert.is(guest.call("fd_write", 2, AT.vectors, vectors(guest, 5), AT.result), 0);
  assert.is(guest.output(), "hello worldhello");
});

test("input is empty", () => {
  using guest = openGuest();
  assert.is(guest.call("fd_read", 0, AT.vectors, vectors(guest, 5), AT.result), 0);
  assert.is(moved(guest), 0);
});

test("a file is written and read at its position, and at a given one", () => {
  using guest = openGuest();
  const fd = open(guest, "file", { create: true, rights: READ | WRITE });
  guest.put(AT.data, "0123456789");
  assert.is(guest.call("fd_write", fd, AT.vectors, vectors(guest, 4, 6), AT.result), 0);
  assert.is(guest.call("fd_tell", fd, AT.result), 0);
  assert.is(guest.view().getBigUint64(AT.result, true), 10n);
  assert.is(guest.call("fd_seek", fd, -3n, 2, AT.result), 0);
  assert.is(guest.call("fd_read", fd, AT.vectors, vectors(guest, 2, 9), AT.result), 0);
  assert.is(moved(guest), 3);
  assert.is(guest.text(AT.data, 3), "789");
  assert.is(guest.call("fd_pread", fd, AT.vectors, vectors(guest, 2), 4n, AT.result), 0);
  assert.is(guest.text(AT.data, 2), "45");
  guest.put(AT.data, "xx");
  assert.is(guest.call("fd_pwrite", fd, AT.vectors, vectors(guest, 2), 0n, AT.result), 0);
  assert.is(readFileSync(join(guest.sandbox.inside, "file"), "utf8"), "xx23456789");
  assert.is(guest.call("fd_seek", fd, -100n, 1, AT.result), ERRNO.EINVAL);
  assert.is(guest.call("fd_seek", fd, 0n, 7, AT.result), ERRNO.EINVAL);
});

test("a file that is appended to is written at its end, and can be changed not to be", () => {
  using guest = openGuest();
  const path = join(guest.sandbox.inside, "file");
  writeFileSync(path, "old ");
  const fd = open(guest, "file", { rights: WRITE, append: true });
  guest.put(AT.data, "new");
  assert.is(guest.call("fd_write", fd, AT.vectors, vectors(guest, 3), AT.result), 0);
  assert.is(readFileSync(path, "utf8"), "old new");
  assert.is(guest.call("fd_fdstat_get", fd, AT.result), 0);
  assert.is(guest.view().getUint16(AT.result + 2, true), APPEND);
  assert.is(guest.call("fd_fdstat_set_flags", fd, 0), 0);
  assert.is(guest.call("fd_seek", fd, 0n, 0, AT.result), 0);
  assert.is(guest.call("fd_write", fd, AT.vectors, vectors(guest, 3), AT.result), 0);
  assert.is(readFileSync(path, "utf8"), "new new");
});

test("a descriptor does only what it was opened for", () => {
  using guest = openGuest();
  writeFileSync(join(guest.sandbox.inside, "file"), "text");
  const reading = open(guest, "file", { rights: READ });
  assert.is(guest.call("fd_write", reading, AT.vectors, vectors(guest, 1), AT.result), ERRNO.EBADF);
  assert.is(guest.call("fd_filestat_set_size", reading, 0n), ERRNO.EBADF);
  const writing = open(guest, "file", { rights: WRITE });
  assert.is(guest.call("fd_read", writing, AT.vectors, vectors(guest, 1), AT.result), ERRNO.EBADF);
  assert.is(guest.call("fd_seek", 1, 0n, 0, AT.result), ERRNO.ESPIPE);
  assert.is(guest.call("fd_read", 3, AT.vectors, vectors(guest, 1), AT.result), ERRNO.EBADF);
  assert.is(guest.call("fd_read", 99, AT.vectors, vectors(guest, 1), AT.result), ERRNO.EBADF);
});

test("the size of a file is set, and room is made in it", () => {
  using guest = openGuest();
  const fd = open(guest, "file", { create: true, rights: WRITE });
  assert.is(guest.call("fd_filestat_set_size", fd, 10n), 0);
  assert.is(guest.call("fd_allocate", fd, 5n, 20n), 0);
  assert.is(guest.call("fd_filestat_get", fd, AT.result), 0);
  assert.is(guest.view().getUint8(AT.result + 16), 4);
  assert.is(guest.view().getBigUint64(AT.result + 32, true), 25n);
  assert.is(guest.call("fd_filestat_set_size", fd, -1n), ERRNO.EFBIG);
  assert.is(guest.call("fd_filestat_set_times", fd, 0n, 5_000_000_000n, 4), 0);
  assert.is(guest.call("fd_filestat_get", fd, AT.result), 0);
  assert.is(guest.view().getBigUint64(AT.result + 48, true), 5_000_000_000n);
  assert.is(guest.call("fd_filestat_set_times", fd, 0n, 0n, 4 | 8), ERRNO.EINVAL);
});

test("output looks like a terminal to a C library, and the root like a directory", () => {
  using guest = openGuest();
  const typeOf = (fd: number): number => {
    assert.is(guest.call("fd_fdstat_get", fd, AT.result), 0);
    return guest.view().getUint8(AT.result);
  };
  assert.equal([0, 1, 2, 3].map(typeOf), [0, 2, 2, 3]);
  assert.is(guest.call("fd_fdstat_get", 1, AT.result), 0);
  assert.is(guest.view().getBigUint64(AT.result + 8, true) & (1n << 2n), 0n);
});

test("a descriptor that is closed is free, and one can be moved over another", () => {
  using guest = openGuest();
  const one = open(guest, "one", { create: true, rights: WRITE });
  const two = open(guest, "two", { create: true, rights: WRITE });
  assert.is(guest.call("fd_renumber", one, two), 0);
  guest.put(AT.data, "moved");
  assert.is(guest.call("fd_write", two, AT.vectors, vectors(guest, 5), AT.result), 0);
  assert.is(readFileSync(join(guest.sandbox.inside, "one"), "utf8"), "moved");
  assert.is(guest.call("fd_close", one), ERRNO.EBADF);
  assert.is(open(guest, "three", { create: true, rights: WRITE }), one);
  assert.is(guest.call("fd_renumber", 77, two), ERRNO.EBADF);
  assert.is(guest.call("fd_close", two), 0);
  assert.is(guest.call("fd_tell", two, AT.result), ERRNO.EBADF);
});

test("a guest cannot have more than its descriptors", () => {
  using guest = openGuest();
  const length = guest.put(AT.path, "file");
  writeFileSync(join(guest.sandbox.inside, "file"), "");
  let error = 0;
  let count = 0;
  for (; error === 0 && count < 5000; count++) error = guest.call("path_open", 3, 1, AT.path, length, 0, READ, 0n, 0, AT.result);
  assert.is(error, ERRNO.EMFILE);
  assert.is(count, 1024 - 4 + 1);
});

test("what is written is brought to the disk on request", async () => {
  using guest = openGuest();
  const fd = open(guest, "file", { create: true, rights: WRITE });
  assert.is(await guest.wait("fd_sync", fd), 0);
  assert.is(await guest.wait("fd_datasync", fd), 0);
  assert.is(await guest.wait("fd_sync", 1), ERRNO.EINVAL);
  assert.is(await guest.wait("fd_sync", 99), ERRNO.EBADF);
});

test("rights cannot be gained", () => {
  using guest = openGuest();
  assert.is(guest.call("fd_fdstat_set_rights", 3, 0n, 0n), 0);
  assert.is(guest.call("fd_fdstat_set_rights", 3, WRITE, 0n), ERRNO.ENOTCAPABLE);
  assert.is(guest.call("fd_advise", 3, 0n, 0n, 0), 0);
});

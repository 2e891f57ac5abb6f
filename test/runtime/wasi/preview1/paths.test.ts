import { existsSync, mkdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { ERRNO } from "#runtime/wasi/preview1/errno.ts";
import { suite } from "#test/support/suite.ts";
import { openGuest, type TestGuest } from "./guest.ts";

const test = suite("preview1: paths");

const AT = { path: 0, other: 1000, result: 2000, data: 4000 };
const DIRECTORY = 2;

const onPath = (guest: TestGuest, name: string, path: string): number => guest.call(name, 3, AT.path, guest.put(AT.path, path));

test("the root is preopened as /", () => {
  using guest = openGuest();
  assert.is(guest.call("fd_prestat_get", 3, AT.result), 0);
  assert.is(guest.view().getUint8(AT.result), 0);
  assert.is(guest.view().getUint32(AT.result + 4, true), 1);
  assert.is(guest.call("fd_prestat_dir_name", 3, AT.result, 1), 0);
  assert.is(guest.text(AT.result, 1), "/");
  assert.is(guest.call("fd_prestat_dir_name", 3, AT.result, 0), ERRNO.ENAMETOOLONG);
  assert.is(guest.call("fd_prestat_get", 4, AT.result), ERRNO.EBADF);
  assert.is(guest.call("fd_prestat_get", 1, AT.result), ERRNO.EBADF);
});

test("directories and files are made and removed", () => {
  using guest = openGuest();
  const { inside } = guest.sandbox;
  assert.is(onPath(guest, "path_create_directory", "a"), 0);
  assert.is(onPath(guest, "path_create_directory", "a"), ERRNO.EEXIST);
  writeFileSync(join(inside, "a/file"), "");
  assert.is(onPath(guest, "path_remove_directory", "a"), ERRNO.ENOTEMPTY);
  assert.is(onPath(guest, "path_unlink_file", "a"), ERRNO.EISDIR);
  assert.is(onPath(guest, "path_unlink_file", "a/file"), 0);
  assert.is(onPath(guest, "path_remove_directory", "a"), 0);
  assert.is(existsSync(join(inside, "a")), false);
  assert.is(onPath(guest, "path_unlink_file", "../outside/secret"), ERRNO.EPERM);
});

test("links are made and read", () => {
  using guest = openGuest();
  const { inside } = guest.sandbox;
  writeFileSync(join(inside, "file"), "text");
  const targetLength = guest.put(AT.other, "file");
  assert.is(guest.call("path_symlink", AT.other, targetLength, 3, AT.path, guest.put(AT.path, "link")), 0);
  assert.is(readlinkSync(join(inside, "link")), "file");
  const length = guest.put(AT.path, "link");
  assert.is(guest.call("path_readlink", 3, AT.path, length, AT.data, 2, AT.result), 0);
  assert.is(guest.view().getUint32(AT.result, true), 2);
  assert.is(guest.text(AT.data, 2), "fi");
  assert.is(guest.call("path_filestat_get", 3, 0, AT.path, length, AT.result), 0);
  assert.is(guest.view().getUint8(AT.result + 16), 7);
  assert.is(guest.call("path_filestat_get", 3, 1, AT.path, length, AT.result), 0);
  assert.is(guest.view().getUint8(AT.result + 16), 4);
  assert.is(guest.call("path_filestat_set_times", 3, 1, AT.path, length, 0n, 7_000_000_000n, 4), 0);
});

test("files are renamed and get second names", () => {
  using guest = openGuest();
  const { inside } = guest.sandbox;
  writeFileSync(join(inside, "file"), "text");
  const move = (to: string): readonly number[] => [3, AT.path, guest.put(AT.path, "file"), 3, AT.other, guest.put(AT.other, to)];
  const [fd = 0, ...rest] = move("second");
  assert.is(guest.call("path_link", fd, 0, ...rest), 0);
  assert.is(guest.call("path_rename", ...move("third")), 0);
  assert.equal(
    ["file", "second", "third"].map((name) => existsSync(join(inside, name))),
    [false, true, true],
  );
});

test("a directory is listed in as many parts as its reader has room for", () => {
  using guest = openGuest();
  const { inside } = guest.sandbox;
  for (const name of ["a", "b", "long-name"]) writeFileSync(join(inside, name), "");
  mkdirSync(join(inside, "dir"));
  assert.is(guest.call("path_open", 3, 1, AT.path, guest.put(AT.path, "."), DIRECTORY, 1n << 14n, 0n, 0, AT.result), 0);
  const fd = guest.view().getUint32(AT.result, true);
  const found = new Map<string, number>();
  const room = 60;
  let cookie = 0n;
  for (let used = room; used === room;) {
    assert.is(guest.call("fd_readdir", fd, AT.data, room, cookie, AT.result), 0);
    used = guest.view().getUint32(AT.result, true);
    for (let at = AT.data; at + 24 <= AT.data + used;) {
      const length = guest.view().getUint32(at + 16, true);
      if (at + 24 + length > AT.data + used) break;
      cookie = guest.view().getBigUint64(at, true);
      found.set(guest.text(at + 24, length), guest.view().getUint8(at + 20));
      at += 24 + length;
    }
  }
  assert.equal(
    [...found].toSorted(([one], [two]) => (one < two ? -1 : 1)),
    [
      [".", 3],
      ["..", 3],
      ["a", 4],
      ["b", 4],
      ["dir", 3],
      ["long-name", 4],
    ],
  );
});

test("a path that is not UTF-8 is EILSEQ, and one that is not there ENOENT", () => {
  using guest = openGuest();
  guest.view().setUint8(AT.path, 0xff);
  assert.is(guest.call("path_create_directory", 3, AT.path, 1), ERRNO.EILSEQ);
  assert.is(onPath(guest, "path_remove_directory", "absent"), ERRNO.ENOENT);
});

test("looking up a path costs", () => {
  using guest = openGuest();
  onPath(guest, "path_create_directory", "a");
  assert.ok(guest.life.charged > 1000);
});

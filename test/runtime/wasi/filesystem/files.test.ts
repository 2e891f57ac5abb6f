import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import * as files from "#runtime/wasi/filesystem/files.ts";
import { suite } from "#test/support/suite.ts";
import { READ, WRITE, close, openDirectory, openSandbox, read, refusal, write } from "./sandbox.ts";

const test = suite("files of a guest");

test("files are made, read, listed, renamed and removed", () => {
  using sandbox = openSandbox();
  const { base, inside } = sandbox;
  files.makeDirectory(base, "a");
  write(base, "a/b", "text");
  assert.is(read(base, "a/./b"), "text");
  assert.is(read(base, "a/../a/b"), "text");
  assert.equal(files.list(base), [{ name: "a", kind: "directory" }]);
  files.rename({ from: base, fromPath: "a/b", to: base, toPath: "c" });
  assert.equal(readdirSync(inside).toSorted(), ["a", "c"]);
  assert.is(files.stat(base, "c", true).size, 4n);
  files.removeFile(base, "c");
  files.removeDirectory(base, "a");
  assert.equal(files.list(base), []);
});

test("a trailing slash asks for a directory", () => {
  using sandbox = openSandbox();
  const { base } = sandbox;
  write(base, "file", "text");
  assert.is(
    refusal(() => read(base, "file/")),
    "ENOTDIR",
  );
  assert.is(
    refusal(() => files.removeFile(base, "file/")),
    "ENOTDIR",
  );
  assert.is(
    refusal(() => files.stat(base, "file/", true)),
    "ENOTDIR",
  );
  assert.is(
    refusal(() => write(base, "new/", "")),
    "EISDIR",
  );
  files.makeDirectory(base, "made/");
  files.removeDirectory(base, "made/");
});

test("opening asks for what the options say", () => {
  using sandbox = openSandbox();
  const { base } = sandbox;
  write(base, "file", "text");
  assert.is(
    refusal(() => close(files.open(base, "file", { ...WRITE, exclusive: true }))),
    "EEXIST",
  );
  assert.is(
    refusal(() => close(files.open(base, "file", { ...READ, directory: true }))),
    "ENOTDIR",
  );
  assert.is(
    refusal(() => close(files.open(base, "absent", READ))),
    "ENOENT",
  );
  assert.is(
    refusal(() => close(files.open(base, ".", WRITE))),
    "EISDIR",
  );
  close(files.open(base, "file", { ...WRITE, truncate: true }));
  assert.is(read(base, "file"), "");
});

test("a mount hides what lies under it, and names do not move between mounts", () => {
  using sandbox = openSandbox(({ outside }) => [{ hostPath: outside, guestPath: "/volume", readOnly: false }]);
  const { base, inside, outside } = sandbox;
  mkdirSync(join(inside, "volume"));
  writeFileSync(join(inside, "volume/hidden"), "");
  assert.is(read(base, "volume/secret"), "secret");
  assert.is(
    refusal(() => read(base, "volume/hidden")),
    "ENOENT",
  );
  write(base, "file", "text");
  const ends = { from: base, fromPath: "file", to: base, toPath: "volume/file" };
  assert.is(
    refusal(() => files.rename(ends)),
    "EXDEV",
  );
  assert.is(
    refusal(() => files.link(ends, false)),
    "EXDEV",
  );
  assert.is(
    refusal(() => files.removeDirectory(base, "volume")),
    "EBUSY",
  );
  assert.is(
    refusal(() => files.rename({ ...ends, fromPath: "volume", toPath: "other" })),
    "EBUSY",
  );
  write(base, "volume/new", "text");
  assert.is(readFileSync(join(outside, "new"), "utf8"), "text");
});

test("a link in a mount may lead to another place of the guest, never to one of the host", () => {
  using sandbox = openSandbox(({ outside }) => [{ hostPath: outside, guestPath: "/volume", readOnly: false }]);
  const { base, inside, outside } = sandbox;
  writeFileSync(join(inside, "own"), "the guest's");
  symlinkSync("../own", join(outside, "up"));
  symlinkSync("../../own", join(outside, "out"));
  assert.is(read(base, "volume/up"), "the guest's");
  assert.is(
    refusal(() => read(base, "volume/out")),
    "EPERM",
  );
});

test("nothing changes in a mount that may only be read", () => {
  using sandbox = openSandbox(({ outside }) => [{ hostPath: outside, guestPath: "/volume", readOnly: true }]);
  const { base, outside } = sandbox;
  assert.is(read(base, "volume/secret"), "secret");
  const attempts: readonly (() => unknown)[] = [
    () => write(base, "volume/secret", "x"),
    () => write(base, "volume/new", "x"),
    () => close(files.open(base, "volume/secret", { ...READ, truncate: true })),
    () => close(files.open(base, "volume/secret", { ...READ, append: true })),
    () => files.makeDirectory(base, "volume/new"),
    () => files.removeFile(base, "volume/secret"),
    () => files.makeLink("secret", base, "volume/new"),
    () => files.rename({ from: base, fromPath: "volume/secret", to: base, toPath: "volume/new" }),
    () => files.link({ from: base, fromPath: "volume/secret", to: base, toPath: "volume/new" }, false),
    () => files.setTimes(base, "volume/secret", true, { accessedAt: 0, modifiedAt: 0 }),
  ];
  for (const [index, attempt] of attempts.entries()) assert.is(refusal(attempt), "EROFS", `attempt ${index}`);
  assert.is(
    refusal(() => close(files.open(base, "volume/secret", { ...READ, create: true }))),
    "",
  );
  assert.equal(readdirSync(outside), ["secret"]);
});

test("a single file can be mounted, with its host path's links followed", () => {
  using sandbox = openSandbox(({ outside, inside }) => {
    symlinkSync("secret", join(outside, "named"));
    mkdirSync(join(inside, "etc"));
    return [{ hostPath: join(outside, "named"), guestPath: "/etc/token", readOnly: true }];
  });
  const { base } = sandbox;
  assert.is(read(base, "etc/token"), "secret");
  assert.is(files.stat(base, "etc/token", true).size, 6n);
  assert.equal(files.list(openDirectory(base, "etc")), [{ name: "token", kind: "file" }]);
  assert.is(
    refusal(() => files.removeFile(base, "etc/token")),
    "EROFS",
  );
  assert.is(
    refusal(() => read(base, "etc/token/x")),
    "ENOTDIR",
  );
});

test("instants are set, and left alone when they are not given", () => {
  using sandbox = openSandbox();
  write(sandbox.base, "file", "text");
  files.setTimes(sandbox.base, "file", true, { accessedAt: undefined, modifiedAt: 5000 });
  const { mtimeMs, atimeMs } = statSync(join(sandbox.inside, "file"));
  assert.is(mtimeMs, 5000);
  assert.ok(atimeMs > 5000);
  assert.ok(existsSync(join(sandbox.inside, "file")));
});

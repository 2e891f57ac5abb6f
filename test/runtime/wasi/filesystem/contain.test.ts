import { linkSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import * as files from "#runtime/wasi/filesystem/files.ts";
import { suite } from "#test/support/suite.ts";
import { READ, close, openSandbox, read, refusal, write } from "./sandbox.ts";

const test = suite("containment of a guest's files (R1)");

test("a path that goes up beyond where it began is refused", () => {
  using sandbox = openSandbox();
  const { base } = sandbox;
  files.makeDirectory(base, "a");
  for (const path of ["..", "../outside/secret", "a/../../outside/secret", "/etc/hostname", "a/../.."]) {
    assert.is(
      refusal(() => read(base, path)),
      "EPERM",
      path,
    );
  }
  assert.is(
    refusal(() => read(base, "")),
    "ENOENT",
  );
});

test("from a directory that was opened, its parent is out of reach", () => {
  using sandbox = openSandbox();
  const { base } = sandbox;
  files.makeDirectory(base, "a");
  write(base, "b", "text");
  const opened = files.open(base, "a", { ...READ, directory: true });
  assert.is(opened.kind, "directory");
  if (opened.kind === "directory")
    assert.is(
      refusal(() => read(opened.directory, "../b")),
      "EPERM",
    );
  close(opened);
});

test("a link that stays inside is followed, in the middle and at the end", () => {
  using sandbox = openSandbox();
  const { base, inside } = sandbox;
  mkdirSync(join(inside, "..data_1"));
  writeFileSync(join(inside, "..data_1/key"), "value");
  symlinkSync("..data_1", join(inside, "..data"));
  symlinkSync("..data/key", join(inside, "key"));
  mkdirSync(join(inside, "a"));
  symlinkSync("../key", join(inside, "a/up"));
  assert.is(read(base, "key"), "value");
  assert.is(read(base, "a/up"), "value");
  assert.is(read(base, "..data"), "a directory");
  assert.is(files.readLink(base, "key"), "..data/key");
  assert.ok(files.stat(base, "key", false).isSymbolicLink());
  assert.ok(files.stat(base, "key", true).isFile());
});

test("no link leads out, whatever is done to it", () => {
  using sandbox = openSandbox();
  const { base, inside, outside } = sandbox;
  symlinkSync("/etc", join(inside, "absolute"));
  symlinkSync("../outside", join(inside, "directory"));
  symlinkSync("../outside/secret", join(inside, "file"));
  symlinkSync("../outside/new", join(inside, "dangling"));
  mkdirSync(join(inside, "a"));
  symlinkSync("../../outside", join(inside, "a/deep"));
  symlinkSync("directory", join(inside, "chain"));
  const paths = ["absolute/hostname", "directory/secret", "file", "a/deep/secret", "chain/secret", "directory/"];
  for (const path of paths)
    assert.is(
      refusal(() => read(base, path)),
      "EPERM",
      path,
    );
  assert.is(
    refusal(() => write(base, "dangling", "x")),
    "EPERM",
  );
  assert.is(
    refusal(() => write(base, "directory/new", "x")),
    "EPERM",
  );
  assert.is(
    refusal(() => files.makeDirectory(base, "directory/new")),
    "EPERM",
  );
  assert.is(
    refusal(() => files.removeFile(base, "directory/secret")),
    "EPERM",
  );
  assert.is(
    refusal(() => files.stat(base, "directory/secret", false)),
    "EPERM",
  );
  assert.is(
    refusal(() => files.setTimes(base, "file", true, { accessedAt: 0, modifiedAt: 0 })),
    "EPERM",
  );
  const ends = { from: base, fromPath: "directory/secret", to: base, toPath: "stolen" };
  assert.is(
    refusal(() => files.rename(ends)),
    "EPERM",
  );
  assert.is(
    refusal(() => files.link(ends, false)),
    "EPERM",
  );
  assert.is(
    refusal(() => files.link({ ...ends, fromPath: "file" }, true)),
    "EPERM",
  );
  assert.equal(readdirSync(outside), ["secret"]);
});

test("a link at the end is not followed when that is not asked for", () => {
  using sandbox = openSandbox();
  const { base, inside } = sandbox;
  symlinkSync("../outside/secret", join(inside, "file"));
  assert.is(
    refusal(() => read(base, "file", { ...READ, follow: false })),
    "ELOOP",
  );
  files.removeFile(base, "file");
  assert.equal(readdirSync(inside), []);
});

test("links that go round are given up", () => {
  using sandbox = openSandbox();
  const { base, inside } = sandbox;
  symlinkSync("two", join(inside, "one"));
  symlinkSync("one", join(inside, "two"));
  assert.is(
    refusal(() => read(base, "one")),
    "ELOOP",
  );
  assert.is(
    refusal(() => read(base, "one/x")),
    "ELOOP",
  );
});

test("a guest cannot make a link with an absolute target", () => {
  using sandbox = openSandbox();
  assert.is(
    refusal(() => files.makeLink("/etc/hostname", sandbox.base, "x")),
    "EPERM",
  );
  files.makeLink("../../anywhere", sandbox.base, "x");
  assert.is(
    refusal(() => read(sandbox.base, "x")),
    "EPERM",
  );
});

test("a directory that is swapped for a link while it is open stays what it was", () => {
  using sandbox = openSandbox();
  const { base, inside } = sandbox;
  mkdirSync(join(inside, "a"));
  writeFileSync(join(inside, "a/secret"), "harmless");
  const opened = files.open(base, "a", { ...READ, directory: true });
  files.rename({ from: base, fromPath: "a", to: base, toPath: "b" });
  symlinkSync("../outside", join(inside, "a"));
  assert.is(opened.kind === "directory" && read(opened.directory, "secret"), "harmless");
  assert.is(
    refusal(() => read(base, "a/secret")),
    "EPERM",
  );
  close(opened);
});

test("paths that are too long, have too many steps or a zero byte are refused", () => {
  using sandbox = openSandbox();
  assert.is(
    refusal(() => read(sandbox.base, "a".repeat(5000))),
    "ENAMETOOLONG",
  );
  files.makeDirectory(sandbox.base, "a");
  assert.is(
    refusal(() => read(sandbox.base, "a/../".repeat(400))),
    "ENAMETOOLONG",
  );
  assert.is(
    refusal(() => read(sandbox.base, "a\0b")),
    "EINVAL",
  );
});

test("a second name for a file outside, made by the host, is a file like any other", () => {
  using sandbox = openSandbox();
  linkSync(join(sandbox.outside, "secret"), join(sandbox.inside, "shared"));
  assert.is(read(sandbox.base, "shared"), "secret");
});

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { seededRandom } from "#lib/random.ts";
import { createVolumes } from "#runtime/volumes/disk.ts";
import { VolumeError, type Volumes } from "#runtime/volumes/port.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("runtime/volumes");
const { signal } = new AbortController();
const file = (path: string, text: string, mode = 0o644) => ({ path, data: new TextEncoder().encode(text), mode });

const onDisk = async (body: (volumes: Volumes, dir: string) => Promise<void>): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), "orrery-volumes-"));
  try {
    await body(createVolumes(dir, seededRandom(1)), dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
};
const refused = async (promise: Promise<unknown>): Promise<void> => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.instance(error, VolumeError);
};
const seen = (dir: string): readonly string[] =>
  readdirSync(dir)
    .filter((name) => !name.startsWith(".."))
    .toSorted();

test("holds the files and no others, with their modes, and changes them together", () =>
  onDisk(async (volumes) => {
    const path = await volumes.prepare("uid", "config", { type: "files", files: [file("a", "1"), file("d/b", "2", 0o400)] }, signal);
    assert.equal(seen(path), ["a", "d"]);
    assert.is(readFileSync(join(path, "d/b"), "utf8"), "2");
    assert.is(statSync(join(path, "d/b")).mode & 0o777, 0o400);
    await volumes.prepare("uid", "config", { type: "files", files: [file("a", "3")] }, signal);
    assert.equal(seen(path), ["a"]);
    assert.is(readFileSync(join(path, "a"), "utf8"), "3");
    assert.is(readdirSync(path).length, 3, "one state, the link to it, and the file's link");
  }));
test("writes nothing when nothing changed", () =>
  onDisk(async (volumes) => {
    const content = { type: "files", files: [file("a", "1")] } as const;
    const path = await volumes.prepare("uid", "config", content, signal);
    const before = readdirSync(path);
    await volumes.prepare("uid", "config", content, signal);
    assert.equal(readdirSync(path), before);
  }));
test("keeps what is in an emptyDir until the pod is removed", () =>
  onDisk(async (volumes) => {
    const path = await volumes.prepare("uid", "cache", { type: "emptyDir", medium: "" }, signal);
    writeFileSync(join(path, "x"), "kept");
    assert.is(readFileSync(join(await volumes.prepare("uid", "cache", { type: "emptyDir", medium: "" }, signal), "x"), "utf8"), "kept");
    assert.equal(await volumes.pods(), ["uid"]);
    await volumes.remove("uid");
    assert.equal(await volumes.pods(), []);
  }));
test("refuses a sub-path that leaves its volume, by dots or by a link", () =>
  onDisk(async (volumes, dir) => {
    const path = await volumes.prepare("uid", "cache", { type: "emptyDir", medium: "" }, signal);
    assert.is(await volumes.subPath(path, "a/b"), join(path, "a/b"));
    await refused(volumes.subPath(path, "../../other"));
    symlinkSync(dir, join(path, "out"));
    await refused(volumes.subPath(path, "out"));
  }));
test("refuses names that climb", () =>
  onDisk(async (volumes) => {
    await refused(volumes.prepare("uid", "..", { type: "emptyDir", medium: "" }, signal));
  }));
test("checks what a hostPath is, and makes it when it may", () =>
  onDisk(async (volumes, dir) => {
    await refused(volumes.prepare("uid", "h", { type: "hostPath", path: join(dir, "none"), expect: "Directory" }, signal));
    assert.is(
      await volumes.prepare("uid", "h", { type: "hostPath", path: join(dir, "made"), expect: "DirectoryOrCreate" }, signal),
      join(dir, "made"),
    );
    await refused(volumes.prepare("uid", "h", { type: "hostPath", path: join(dir, "made"), expect: "File" }, signal));
  }));
test("reads back what a container said at its end, cut to size", () =>
  onDisk(async (volumes) => {
    const path = await volumes.messageFile("uid", "main", 0);
    assert.is(await volumes.readMessage(path, 10), "");
    writeFileSync(path, "0123456789abc");
    assert.is(await volumes.readMessage(path, 10), "0123456789");
    assert.is(await volumes.readMessage(`${path}-none`, 10), "");
  }));

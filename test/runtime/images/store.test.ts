import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { seededRandom } from "#lib/random.ts";
import { Blobs, DigestMismatch, digestOf } from "#runtime/images/blobs.ts";
import { ImageStore, NotWasm } from "#runtime/images/store.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("runtime/images/store");
const MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const COMPONENT = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0);

const inDir = async (body: (dir: string) => Promise<void>): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), "orrery-images-"));
  try {
    await body(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
};
const rejects = async (promise: Promise<unknown>, type: new (...args: never) => Error): Promise<void> => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.instance(error, type);
};

test("keeps nothing of content that has another digest or size", () =>
  inDir(async (dir) => {
    const blobs = new Blobs(dir, seededRandom(1));
    await rejects(blobs.write([MODULE], { digest: digestOf(COMPONENT) }), DigestMismatch);
    await rejects(blobs.write([MODULE], { digest: digestOf(MODULE), size: 7 }), DigestMismatch);
    await rejects(blobs.write([MODULE], { digest: digestOf(MODULE), size: 9 }), DigestMismatch);
    assert.equal(readdirSync(join(dir, "blobs", "sha256")), []);
  }));
test("finds an image by name and by digest, and knows modules from components", () =>
  inDir(async (dir) => {
    const store = new ImageStore(dir, seededRandom(1));
    const module = await store.addProgram("orrery.dev/m:v1", MODULE, { Cmd: ["run"] });
    const component = await store.addProgram("orrery.dev/c:v1", COMPONENT);
    assert.equal(await store.find("orrery.dev/m:v1"), module);
    assert.equal((await store.find(module.id))?.digests, [`orrery.dev/m@${module.id}`]);
    assert.is((await store.program(module.id)).kind, "module");
    assert.equal((await store.program(module.id)).config, { Cmd: ["run"] });
    assert.is((await store.program(component.id)).kind, "component");
    assert.is((await store.list()).length, 2);
  }));
test("shares content between images until the last of them is removed", () =>
  inDir(async (dir) => {
    const store = new ImageStore(dir, seededRandom(1));
    const first = await store.addProgram("orrery.dev/a:v1", MODULE);
    const second = await store.addProgram("orrery.dev/b:v1", MODULE, { Cmd: ["x"] });
    await store.remove(first.id);
    assert.is(await store.find("orrery.dev/a:v1"), undefined);
    assert.is((await store.program(second.id)).kind, "module");
    await store.remove(second.id);
    assert.equal(readdirSync(join(dir, "blobs", "sha256")), []);
  }));
test("moves a name to a new image", () =>
  inDir(async (dir) => {
    const store = new ImageStore(dir, seededRandom(1));
    await store.addProgram("orrery.dev/a:v1", MODULE);
    const next = await store.addProgram("orrery.dev/a:v1", COMPONENT);
    assert.is((await store.find("orrery.dev/a:v1"))?.id, next.id);
    assert.is((await store.list()).length, 1);
  }));
test("refuses a file that is not WASM", () =>
  inDir(async (dir) =>
    rejects(new ImageStore(dir, seededRandom(1)).addProgram("orrery.dev/a:v1", new TextEncoder().encode("#!/bin/sh")), NotWasm),
  ));

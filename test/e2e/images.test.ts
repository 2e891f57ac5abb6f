// Images from a real registry: what is pulled is what was pushed, once for each digest, and nothing that is not whole or
// not WASM gets in.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { seededRandom } from "#lib/random.ts";
import { digestOf } from "#runtime/images/blobs.ts";
import { push, Puller } from "#runtime/images/pull.ts";
import { ImageStore } from "#runtime/images/store.ts";
import { ImageError } from "#runtime/port.ts";
import { corrupt, freePort, pushRaw, startRegistry, type Registry } from "#test/e2e/support/registry.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("e2e/images", 120_000);
const MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const { signal } = new AbortController();

const withRegistry = async (body: (registry: Registry, dir: string) => Promise<void>): Promise<void> => {
  const registry = await startRegistry();
  const dir = mkdtempSync(join(tmpdir(), "orrery-images-"));
  try {
    await body(registry, dir);
  } finally {
    await registry.stop();
    rmSync(dir, { recursive: true });
  }
};
const failureOf = async (promise: Promise<unknown>): Promise<ImageError> => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.instance(error, ImageError);
  return error as ImageError;
};

test("pulls what was pushed, by tag and by digest", () =>
  withRegistry(async ({ host }, dir) => {
    const from = new ImageStore(join(dir, "from"), seededRandom(1));
    const name = `${host}/team/app:v1`;
    await from.addProgram(name, MODULE, { Cmd: ["serve"] });
    const digest = await push(from, name, {}, signal);
    const to = new ImageStore(join(dir, "to"), seededRandom(2));
    const puller = new Puller(to);
    const [first, second] = await Promise.all([puller.pull(name, {}, signal), puller.pull(name, {}, signal)]);
    assert.is(first.id, digest);
    assert.is(second, first, "two pulls at once are one");
    assert.equal((await to.program(digest)).config, { Cmd: ["serve"] });
    assert.is((await puller.pull(`${host}/team/app@${digest}`, {}, signal)).id, digest);
  }));
test("says which image is not there", () =>
  withRegistry(async ({ host }, dir) => {
    const error = await failureOf(new Puller(new ImageStore(dir, seededRandom(1))).pull(`${host}/nothing:v1`, {}, signal));
    assert.is(error.reason, "ErrImagePull");
    assert.match(error.message, `failed to pull and unpack image "${host}/nothing:v1"`);
    assert.match(error.message, "not found");
  }));
test("refuses an image that is not WASM", () =>
  withRegistry(async ({ host }, dir) => {
    await pushRaw(`${host}/shell:v1`, { mediaType: "application/wasm", bytes: new TextEncoder().encode("#!/bin/sh\necho hi\n") });
    const error = await failureOf(new Puller(new ImageStore(dir, seededRandom(1))).pull(`${host}/shell:v1`, {}, signal));
    assert.match(error.message, "does not begin as WASM does");
  }));
test("refuses a layer that was corrupted in the registry, and keeps nothing of it", () =>
  withRegistry(async (registry, dir) => {
    const bytes = Uint8Array.of(...MODULE, 0, 1, 0);
    await pushRaw(`${registry.host}/app:v1`, { mediaType: "application/wasm", bytes });
    corrupt(registry, digestOf(bytes), () => Uint8Array.of(...MODULE, 0, 1, 1));
    const error = await failureOf(new Puller(new ImageStore(dir, seededRandom(1))).pull(`${registry.host}/app:v1`, {}, signal));
    assert.match(error.message, "failed commit on ref");
    assert.not(readdirSync(join(dir, "blobs", "sha256")).includes(digestOf(bytes).slice(7)));
  }));
test("says that a registry does not answer", async () => {
  const error = await failureOf(
    new Puller(new ImageStore(tmpdir(), seededRandom(1))).pull(`127.0.0.1:${await freePort()}/app:v1`, {}, signal),
  );
  assert.is(error.reason, "RegistryUnavailable");
  assert.match(error.message, "ECONNREFUSED");
});

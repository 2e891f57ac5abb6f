import * as assert from "uvu/assert";
import { parseEncryption, secretsConfig, withKey, type Key } from "#actors/store/encryption/config.ts";
import { EncryptedStore } from "#actors/store/encryption/encrypted-store.ts";
import { emptyContent, MemoryStore } from "#actors/store/memory.ts";
import { seededRandom } from "#lib/random.ts";
import type { Store } from "#lib/store.ts";
import { bytes, contentOf, follow, keyOf, storeContract } from "#test/contract/store.ts";
import { settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const random = seededRandom(1);
const keyNamed = (name: string): Key => ({ name, secret: random.bytes(32) });
const everything = secretsConfig(keyNamed("one")).replace("- secrets", '- "*.*"');
const over = (inner: Store, text: string): EncryptedStore => new EncryptedStore(inner, { config: parseEncryption(text), random });

storeContract("encrypted memory", () => {
  const store = over(new MemoryStore(), everything);
  return Promise.resolve({ store, [Symbol.asyncDispose]: () => store.close() });
});

const test = suite("store/encryption");
const secret = keyOf("password", { resource: "secrets" });

test("E1: Secrets do not lie in clear, deleted ones neither; the rest does", async () => {
  const inner = new MemoryStore();
  const store = over(inner, secretsConfig(keyNamed("one")));
  await store.put("objects", secret, bytes("hunter2"), 0);
  await store.put("objects", keyOf("map"), bytes("plain"), 0);
  await store.delete("objects", secret, bytes("hunter2"), 1);
  await store.put("objects", keyOf("other", { resource: "secrets" }), bytes("hunter2"), 0);
  const lines = (await contentOf(inner)).lines.join("\n");
  assert.not.match(lines, /hunter2/);
  assert.match(lines, /put map plain/);
  assert.match(lines, /put other k8s:enc:aesgcm:v1:one:/);
  assert.equal((await contentOf(store)).lines.toSorted(), ["delete password hunter2", "put map plain", "put other hunter2"]);
});

test("after a rotation old objects are read, and rewritten under the new key", async () => {
  const content = emptyContent();
  const first = secretsConfig(keyNamed("one"));
  const old = over(new MemoryStore(content), first);
  await old.put("objects", secret, bytes("hunter2"), 0);
  await old.close();
  const second = withKey(first, keyNamed("two"));
  const store = over(new MemoryStore(content), second);
  const { seen, stop } = follow(store);
  await settled();
  assert.equal(seen.lines, ["put password hunter2"]);
  assert.is(await store.rewrite(), 1);
  await settled();
  assert.equal(seen.lines, ["put password hunter2", "put password hunter2"]);
  assert.is(await store.rewrite(), 0, "nothing is left to rewrite");
  stop();
  assert.match((await contentOf(new MemoryStore(content))).lines.join("\n"), /k8s:enc:aesgcm:v1:two:/);
  const alone = second.replace(/ *- name: one\n *secret: .*\n/, "");
  assert.not.match(alone, /one/);
  assert.equal((await contentOf(over(new MemoryStore(content), alone))).lines, ["put password hunter2"]);
});

test("what was written in clear is read, and rewritten", async () => {
  const content = emptyContent();
  await new MemoryStore(content).put("objects", secret, bytes("hunter2"), 0);
  const store = over(new MemoryStore(content), secretsConfig(keyNamed("one")));
  const { seen, stop } = follow(store);
  await settled();
  assert.equal([seen.lines, await store.rewrite()], [["put password hunter2"], 1]);
  stop();
});

test("a rewrite does not undo what was written meanwhile", async () => {
  const content = emptyContent();
  await new MemoryStore(content).put("objects", secret, bytes("old"), 0);
  const store = over(new MemoryStore(content), secretsConfig(keyNamed("one")));
  const { stop } = follow(store);
  await settled();
  stop();
  await store.put("objects", secret, bytes("new"), 1);
  assert.is(await store.rewrite(), 0);
  assert.equal((await contentOf(store)).lines, ["put password new"]);
});

test("E2: without its key, or in another's place, an object cannot be read, and the reason is told", async () => {
  const content = emptyContent();
  await over(new MemoryStore(content), secretsConfig(keyNamed("one"))).put("objects", secret, bytes("hunter2"), 0);
  const errorOf = async (text: string): Promise<string | undefined> => {
    const { seen, stop } = follow(over(new MemoryStore(content), text));
    await settled();
    stop();
    assert.equal([seen.all, seen.caughtUpAt], [[], []]);
    return seen.error?.message;
  };
  const place = "objects//secrets/default/password";
  assert.is(await errorOf(secretsConfig(keyNamed("two"))), `${place} is encrypted with the key "one", which is not configured`);
  assert.is(await errorOf(secretsConfig(keyNamed("one"))), `${place} cannot be decrypted with the key "one"`);
});

test("a configuration that is none is refused with the reason", () => {
  const good = secretsConfig(keyNamed("one"));
  const refused = (text: string, reason: RegExp): void => assert.throws(() => parseEncryption(text), reason);
  refused("kind: Pod", /apiVersion "apiserver.config.k8s.io\/v1" and kind "EncryptionConfiguration"/);
  refused(good.replace("aesgcm", "aescbc"), /resources\[0\].providers\[0\]: Unsupported value: "aescbc"/);
  refused(good.replace(/secret: .*/, "secret: AAAA"), /got 3, expected one of \[16 24 32\]/);
  refused(good.replace(/secret: .*/, 'secret: "%"'), /secret must be base64 encoded/);
  refused(good.replace("- secrets", ""), /resources\[0\].resources: Required value/);
});

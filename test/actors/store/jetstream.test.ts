import { Kvm } from "@nats-io/kv";
import { connect as dial } from "@nats-io/transport-node";
import * as assert from "uvu/assert";
import { type JetStreamStorePorts, openJetStreamStore } from "#actors/store/jetstream.ts";
import { systemClock } from "#lib/clock.ts";
import { connect } from "#lib/nats/connection.ts";
import { systemRandom } from "#lib/random.ts";
import { Compacted, RevisionConflict, type Store, StoreUnavailable } from "#lib/store.ts";
import { bytes, contentOf, follow, keyOf, type OpenStore, storeContract, text } from "#test/contract/store.ts";
import { type NatsServer, startNats, TEST_USER } from "#test/support/nats.ts";
import { startProxy } from "#test/support/tcp-proxy.ts";
import { suite } from "#test/support/suite.ts";

/** A store whose markers may go at once, unless the test says otherwise. */
const openOn = async ({ server }: Pick<NatsServer, "server">, options: Partial<JetStreamStorePorts> = {}): Promise<OpenStore> => {
  const connection = await connect({ servers: [server], ...TEST_USER, name: "store", clock: systemClock });
  const store = await openJetStreamStore({ connection, clock: systemClock, random: systemRandom, keepMarkersMs: 0, ...options });
  const close = async (): Promise<void> => {
    await store.close();
    await connection.close();
  };
  return { store, [Symbol.asyncDispose]: close };
};

storeContract("jetstream", async () => {
  const nats = await startNats();
  const opened = await openOn(nats);
  const close = async (): Promise<void> => {
    await opened[Symbol.asyncDispose]();
    await nats[Symbol.asyncDispose]();
  };
  return { store: opened.store, [Symbol.asyncDispose]: close };
});

const test = suite("actors/store/jetstream", 30_000);
const a = keyOf("a");

/** One writer's history of its key: the revisions that were acknowledged, by value; values of unknown outcome. */
type History = { readonly acknowledged: Map<string, number>; readonly unknown: Set<string> };

/** Writes 0, 1, 2 … to `name` until told to stop, each over the one before; an unknown outcome ends the writer. */
const writeOn = async (store: Store, name: string, over: AbortSignal): Promise<History> => {
  const history: History = { acknowledged: new Map(), unknown: new Set() };
  let revision = 0;
  for (let value = 0; !over.aborted; value++) {
    try {
      revision = await store.put("objects", keyOf(name), bytes(`${value}`), revision);
      history.acknowledged.set(`${value}`, revision);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      history.unknown.add(`${value}`);
      return history;
    }
  }
  return history;
};

test("loses no acknowledged write and doubles none when the server is killed in the middle of writes", async () => {
  await using nats = await startNats();
  await using opened = await openOn(nats);
  const { store } = opened;
  const { seen, stop } = follow(store);
  const over = new AbortController();
  const names = Array.from({ length: 24 }, (_, writer) => `w${writer}`);
  const writers = names.map((name) => writeOn(store, name, over.signal));
  for (let kills = 1; kills <= 4; kills++) {
    const before = seen.all.length;
    await seen.until(({ all }) => all.length > before + 500);
    await nats.restart();
  }
  const after = seen.all.length;
  await seen.until(({ all }) => all.length > after + 200);
  over.abort();
  const histories = await Promise.all(writers);
  const last = Math.max(...histories.flatMap(({ acknowledged }) => [...acknowledged.values()]));
  await seen.until(({ all }) => (all.at(-1)?.revision ?? 0) >= last);
  stop();
  const revisions = seen.all.map(({ revision }) => revision);
  assert.equal(
    revisions,
    [...new Set(revisions)].toSorted((x, y) => x - y),
    "every change once, in order",
  );
  const content = new Map((await contentOf(store)).all.map((change) => [change.key.name, change]));
  for (const [place, name] of names.entries()) {
    const { acknowledged, unknown } = histories[place] as History;
    const newest = content.get(name);
    const mine = seen.all.filter(({ key }) => key.name === name);
    assert.equal(new Set(mine.map(({ value }) => text(value))).size, mine.length, `${name}: no value is there twice`);
    for (const change of mine) {
      const expected = acknowledged.get(text(change.value));
      assert.ok(expected === change.revision || unknown.has(text(change.value)), `${name}: ${text(change.value)} at ${change.revision}`);
    }
    const value = text(newest?.value ?? bytes(""));
    assert.ok(unknown.has(value) || newest?.revision === Math.max(...acknowledged.values()), `${name}: the newest is there`);
  }
});

test("gives a follower every object that was created while the server was killed again and again", async () => {
  await using nats = await startNats();
  await using opened = await openOn(nats);
  const { store } = opened;
  const { seen, stop } = follow(store);
  const over = new AbortController();
  const create = async (writer: number): Promise<string[]> => {
    const created: string[] = [];
    let count = 0;
    while (!over.signal.aborted) {
      const name = `o-${writer}-${count++}`;
      await store.put("objects", keyOf(name), bytes(name), 0).then(
        () => created.push(name),
        (error: unknown) => assert.instance(error, StoreUnavailable),
      );
    }
    return created;
  };
  const writers = Array.from({ length: 16 }, (_, writer) => create(writer));
  for (let kills = 1; kills <= 3; kills++) {
    const before = seen.all.length;
    await seen.until(({ all }) => all.length > before + 400);
    await nats.restart();
  }
  over.abort();
  const created = (await Promise.all(writers)).flat();
  const names = new Set<string>();
  await seen.until(({ all }) => {
    for (const { key } of all.slice(names.size)) names.add(key.name);
    return created.every((name) => names.has(name));
  });
  assert.is(names.size, seen.all.length, "each once");
  stop();
});

test("goes on following after the server was away, without gaps", async () => {
  await using nats = await startNats();
  await using opened = await openOn(nats);
  const { store } = opened;
  const { seen, stop } = follow(store);
  const first = await store.put("objects", a, bytes("1"), 0);
  await seen.until(({ all }) => all.length === 1);
  await nats.kill();
  const late = store.put("objects", a, bytes("2"), first);
  await nats.start();
  await late;
  await store.put("objects", keyOf("b"), bytes("1"), 0);
  await seen.until(({ all }) => all.length === 3);
  assert.equal(seen.lines, ["put a 1", "put a 2", "put b 1"]);
  assert.is(seen.caughtUpAt.length, 1);
  stop();
});

test("brings back no deleted object when the server is killed, however soon after a compaction", async () => {
  await using nats = await startNats();
  let now = 0;
  await using opened = await openOn(nats, { keepMarkersMs: 1_000, clock: { ...systemClock, now: () => now } });
  const { store } = opened;
  const { seen, stop } = follow(store);
  const names = Array.from({ length: 200 }, (_, place) => `o${place}`);
  const written = await Promise.all(names.map((name) => store.put("objects", keyOf(name), new Uint8Array(100_000), 0)));
  const remove = (name: string, place: number): Promise<number> => store.delete("objects", keyOf(name), bytes("gone"), written[place] ?? 0);
  const deleted = await Promise.all(names.map(remove));
  await seen.until(({ all }) => all.filter(({ type }) => type === "delete").length === names.length);
  await store.compact("objects", Math.max(...deleted));
  await nats.restart();
  assert.ok(
    (await contentOf(store)).all.every(({ type }) => type === "delete"),
    "the markers stand, so the objects stay dead",
  );
  now = 1_000;
  await store.compact("objects", Math.max(...deleted));
  assert.equal((await contentOf(store)).lines, [], "when they have stood long enough, they go");
  stop();
});

test("ends the following when the bucket was made anew", async () => {
  await using nats = await startNats();
  await using opened = await openOn(nats);
  const { store } = opened;
  const { seen } = follow(store);
  await store.put("objects", a, bytes("1"), 0);
  await seen.until(({ all }) => all.length === 1);
  const admin = await dial({ servers: [nats.server], user: TEST_USER.user, pass: TEST_USER.password });
  await admin.request("$JS.API.STREAM.DELETE.KV_objects");
  await admin.close();
  await using again = await openOn(nats);
  await again.store.put("objects", a, bytes("2"), 0);
  await nats.restart();
  await seen.until(({ error }) => error !== undefined);
  assert.instance(seen.error, Compacted);
  assert.equal(seen.lines, ["put a 1"]);
});

test("ends the following of one who was away while markers were dropped, and of nobody else", async () => {
  await using nats = await startNats();
  await using proxy = await startProxy(nats.port);
  await using away = await openOn({ server: proxy.address });
  await using present = await openOn(nats);
  const first = await present.store.put("objects", a, bytes("1"), 0);
  const [follower, other] = [follow(away.store).seen, follow(present.store).seen];
  await Promise.all([follower, other].map((seen) => seen.until(({ all }) => all.length === 1)));
  proxy.cut();
  const deleted = await present.store.delete("objects", a, bytes("1"), first);
  await other.until(({ all }) => all.length === 2);
  await present.store.compact("objects", deleted);
  proxy.restore();
  await follower.until(({ error }) => error !== undefined);
  assert.instance(follower.error, Compacted);
  assert.equal(follower.lines, ["put a 1"]);
  await present.store.put("objects", a, bytes("2"), 0);
  await other.until(({ all }) => all.length === 3);
  assert.is(other.error, undefined);
});

test("knows its bucket again when it is opened a second time", async () => {
  await using nats = await startNats();
  {
    await using opened = await openOn(nats);
    await opened.store.put("objects", a, bytes("1"), 0);
  }
  await using opened = await openOn(nats);
  assert.equal((await contentOf(opened.store)).lines, ["put a 1"]);
  assert.is(await opened.store.put("objects", a, bytes("2"), 0).catch((error: unknown) => error instanceof RevisionConflict), true);
});

test("is a KV bucket to other tools", async () => {
  await using nats = await startNats();
  await using opened = await openOn(nats);
  await opened.store.put("objects", a, bytes("1"), 0);
  const gone = await opened.store.put("objects", keyOf("b"), bytes("1"), 0);
  await opened.store.delete("objects", keyOf("b"), bytes("1"), gone);
  const other = await dial({ servers: [nats.server], user: TEST_USER.user, pass: TEST_USER.password });
  const bucket = await new Kvm(other).open("objects");
  const entry = await bucket.get("core.configmaps.default.a");
  assert.is(entry?.string(), "1");
  assert.is((await bucket.get("core.configmaps.default.b"))?.operation, "DEL");
  const keys: string[] = [];
  for await (const key of await bucket.keys()) keys.push(key);
  assert.equal(keys, ["core.configmaps.default.a"]);
  await other.close();
});

test("says that the store is unavailable when nobody answers", async () => {
  await using nats = await startNats();
  const opened = await openOn(nats);
  await nats.kill();
  const outcome = opened.store.put("objects", a, bytes("1"), 0).catch((error: unknown) => error);
  await opened[Symbol.asyncDispose]();
  assert.instance(await outcome, StoreUnavailable);
  assert.instance(await opened.store.revision("objects").catch((error: unknown) => error), StoreUnavailable);
});

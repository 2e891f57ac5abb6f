// What becomes of writes whose answer is lost.
import * as assert from "uvu/assert";
import { openJetStreamStore } from "#actors/store/jetstream.ts";
import { systemClock } from "#lib/clock.ts";
import { systemRandom } from "#lib/random.ts";
import { RevisionConflict, type Store, StoreUnavailable } from "#lib/store.ts";
import { bytes, contentOf, follow, keyOf, type Seen } from "#test/contract/store.ts";
import { type Pair, startPair } from "#test/support/nats.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("actors/store/write", 20_000);
const a = keyOf("a");
const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

/** A store behind the proxy, one beside it, and what the latter sees. */
type Stores = { readonly hidden: Store; readonly present: Store; readonly seen: Seen };

const withStores = async (body: (pair: Pair, stores: Stores) => Promise<void>): Promise<void> => {
  await using pair = await startPair();
  const ports = { clock: systemClock, random: systemRandom };
  const present = await openJetStreamStore({ ...ports, connection: pair.near });
  const hidden = await openJetStreamStore({ ...ports, connection: pair.far });
  const { seen, stop } = follow(present);
  try {
    await body(pair, { hidden, present, seen });
  } finally {
    stop();
    await Promise.all([present.close(), hidden.close()]);
  }
};

test("knows its own write again when the answer was lost", () =>
  withStores(async ({ proxy }, { hidden, seen, present }) => {
    proxy.swallowAnswers();
    const write = hidden.put("objects", a, bytes("1"), 0);
    await seen.until(({ all }) => all.length === 1);
    proxy.cut();
    proxy.restore();
    assert.is(await write, seen.all[0]?.revision);
    assert.is(await present.revision("objects"), seen.all[0]?.revision, "it was not written again");
  }));

test("knows its own write again after the server forgot its id", () =>
  withStores(async ({ proxy, nats }, { hidden, seen }) => {
    proxy.swallowAnswers();
    const write = hidden.put("objects", a, bytes("1"), 0);
    await seen.until(({ all }) => all.length === 1);
    proxy.cut();
    await nats.restart();
    proxy.restore();
    assert.is(await write, seen.all[0]?.revision);
  }));

test("says that it cannot know when another has written since and the server forgot", () =>
  withStores(async ({ proxy, nats }, { hidden, present, seen }) => {
    proxy.swallowAnswers();
    const write = outcome(hidden.put("objects", a, bytes("1"), 0));
    await seen.until(({ all }) => all.length === 1);
    await present.put("objects", a, bytes("2"), seen.all[0]?.revision ?? 0);
    proxy.cut();
    await nats.restart();
    proxy.restore();
    assert.instance(await write, StoreUnavailable);
    assert.equal((await contentOf(present)).lines, ["put a 2"]);
  }));

test("knows a conflict for certain when the write was never sent", () =>
  withStores(async ({ proxy, far }, { hidden, present }) => {
    const isCut = new Promise<void>((resolve) => far.onStatus(({ type }) => type === "disconnected" && resolve()));
    proxy.cut();
    await isCut;
    const write = outcome(hidden.put("objects", a, bytes("1"), 0));
    await present.put("objects", a, bytes("2"), 0);
    proxy.restore();
    assert.instance(await write, RevisionConflict);
    assert.equal((await contentOf(present)).lines, ["put a 2"]);
  }));

test("creates over a marker that it has not seen", () =>
  withStores(async (_, { hidden, present }) => {
    const deleted = await present.delete("objects", a, bytes("1"), await present.put("objects", a, bytes("1"), 0));
    const created = await hidden.put("objects", a, bytes("2"), 0);
    assert.ok(created > deleted);
    assert.equal((await contentOf(present)).lines, ["put a 2"]);
  }));

test("creates where it believes in a marker that is gone", async () => {
  await using pair = await startPair();
  const ports = { clock: systemClock, random: systemRandom, keepMarkersMs: 0 };
  const present = await openJetStreamStore({ ...ports, connection: pair.near });
  const believer = await openJetStreamStore({ ...ports, connection: pair.far });
  const deleted = await believer.delete("objects", a, bytes("1"), await believer.put("objects", a, bytes("1"), 0));
  await present.compact("objects", deleted);
  await believer.put("objects", a, bytes("2"), 0);
  assert.equal((await contentOf(present)).lines, ["put a 2"]);
  await Promise.all([present.close(), believer.close()]);
});

test("refuses an object that is larger than a message, and goes on", () =>
  withStores(async (_, { hidden }) => {
    const error = await outcome(hidden.put("objects", a, new Uint8Array(9 * 1024 * 1024), 0));
    assert.ok(error instanceof Error && !(error instanceof RevisionConflict));
    await hidden.put("objects", a, bytes("1"), 0);
  }));

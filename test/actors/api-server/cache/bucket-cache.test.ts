import * as assert from "uvu/assert";
import { configMaps } from "#api/core/v1/config-map.ts";
import type { Kind } from "#api/kind.ts";
import { BucketCache } from "#actors/api-server/cache/bucket-cache.ts";
import { scopedTo } from "#actors/api-server/cache/selection.ts";
import { MemoryStore } from "#actors/store/memory.ts";
import { SimulatedClock, settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/cache/bucket-cache");
const kind = configMaps as unknown as Kind;
const key = (resource: string, name: string) => ({ group: "", resource, namespace: "default", name });
const bytes = (object: object): Uint8Array => new TextEncoder().encode(JSON.stringify(object));

const started = async () => {
  const store = new MemoryStore();
  const clock = new SimulatedClock();
  const history = { maxAgeMs: 1_000, maxEvents: 1_000 };
  const cache = new BucketCache("objects", { store, clock, log: () => undefined, history });
  cache.serve([kind]);
  const ending = new AbortController();
  await store.put("objects", key("configmaps", "a"), bytes({ metadata: { name: "a", namespace: "default" } }), 0);
  cache.start(ending.signal);
  await cache.filled;
  return { store, cache, ending };
};

test("an object that another writer ordered otherwise is served as our own", async () => {
  const { cache, ending } = await started();
  const text = new TextDecoder().decode(cache.of(kind)?.get("default", "a")?.bytes);
  assert.is(text, '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"resourceVersion":"1","name":"a","namespace":"default"}}');
  ending.abort();
});

test("a waiter is told when its revision has come, whatever resource it is of, or leaves", async () => {
  const { store, cache, ending } = await started();
  const told: number[] = [];
  const gone = new AbortController();
  void cache.waitFor(3).then(() => told.push(3));
  const leaving = cache.waitFor(9, gone.signal);
  await cache.waitFor(1);
  await store.put("objects", key("widgets", "x"), bytes({}), 0);
  await settled();
  assert.equal(told, []);
  await store.put("objects", key("widgets", "y"), bytes({}), 0);
  await settled();
  assert.equal(told, [3]);
  gone.abort(new Error("left"));
  assert.is(await leaving.catch((error: Error) => error.message), "left");
  assert.is(await cache.waitFor(9, gone.signal).catch((error: Error) => error.message), "left");
  ending.abort();
});

test("a filling that fails says why", async () => {
  const cache = new BucketCache("objects", {
    store: new MemoryStore(),
    clock: new SimulatedClock(),
    log: () => undefined,
    history: { maxAgeMs: 1, maxEvents: 1 },
  });
  cache.ended(new Error("compacted"));
  assert.is((await cache.lost).message, "compacted");
  assert.is(await cache.filled.catch((error: Error) => error.message), "compacted");
});

test("an empty namespace is no place", async () => {
  const { store, cache, ending } = await started();
  await store.delete("objects", key("configmaps", "a"), bytes({ metadata: { name: "a", namespace: "default" } }), 1);
  await cache.waitFor(2);
  assert.equal([...(cache.of(kind)?.select(scopedTo(undefined)) ?? [])], []);
  assert.is(cache.of(kind)?.get("default", "a"), undefined);
  ending.abort();
});

test("a kind that comes later finds what lay in the store, and its objects stay when it goes", async () => {
  const { store, cache, ending } = await started();
  const widgets = { ...kind, resource: "widgets", kind: "Widget" } as Kind;
  const widget = (name: string) => bytes({ metadata: { name, namespace: "default" } });
  await store.put("objects", key("widgets", "x"), widget("x"), 0);
  await store.put("objects", key("widgets", "y"), widget("y"), 0);
  await store.delete("objects", key("widgets", "y"), widget("y"), 3);
  await cache.waitFor(4);
  const names = () => [...(cache.of(widgets)?.entries() ?? [])].map((entry) => entry.key.name);
  assert.equal(names(), []);
  cache.serve([kind, widgets]);
  assert.equal(names(), ["x"]);
  cache.serve([kind]);
  assert.is(cache.of(widgets), undefined);
  assert.is(cache.of(kind)?.get("default", "a")?.revision, 1);
  cache.serve([kind, widgets]);
  assert.equal(names(), ["x"]);
  assert.is(cache.of(widgets)?.floor, 4);
  ending.abort();
});

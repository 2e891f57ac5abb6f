import * as assert from "uvu/assert";
import { configMaps } from "#api/core/v1/config-map.ts";
import { kinds } from "#api/resources.ts";
import { Caches } from "#actors/api-server/cache/caches.ts";
import { LiveObjects } from "#actors/api-server/cache/live-objects.ts";
import { encodeValue } from "#actors/api-server/cache/splice.ts";
import { MemoryStore } from "#actors/store/memory.ts";
import type { Store } from "#lib/store.ts";
import { SimulatedClock, settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/cache/live-objects");
const keyOf = (name: string) => ({ group: "", resource: "configmaps", namespace: "default", name });
const valueOf = (name: string) => encodeValue(configMaps, { metadata: { namespace: "default", name } });

const filled = async (store: Store): Promise<Caches> => {
  const history = { maxAgeMs: 1_000, maxEvents: 1_000 };
  const caches = new Caches(kinds, { store, clock: new SimulatedClock(), log: () => undefined, history });
  await caches.fill(new AbortController().signal);
  return caches;
};

test("whoever follows is told of what is there, of changes, and of what went while nobody looked", async () => {
  const store = new MemoryStore();
  await store.put("objects", keyOf("a"), valueOf("a"), 0);
  const b = await store.put("objects", keyOf("b"), valueOf("b"), 0);
  const objects = new LiveObjects();
  const told: string[] = [];
  objects.follow(configMaps, ({ namespace, name }, object) => told.push(`${object === undefined ? "gone " : ""}${namespace}/${name}`));
  assert.is(objects.get(configMaps, { namespace: "default", name: "a" }), undefined);
  objects.attach(await filled(store));
  assert.equal(told.splice(0), ["default/a", "default/b"]);
  assert.is(objects.get(configMaps, { namespace: "default", name: "a" })?.metadata.name, "a");
  await store.put("objects", keyOf("c"), valueOf("c"), 0);
  await store.delete("objects", keyOf("b"), valueOf("b"), b);
  await settled();
  assert.equal(told.splice(0), ["default/c", "gone default/b"]);
  const other = new MemoryStore();
  await other.put("objects", keyOf("a"), valueOf("a"), 0);
  objects.attach(await filled(other));
  assert.equal(told, ["default/a", "gone default/c"]);
});

import * as assert from "uvu/assert";
import { MeasuredStore } from "#actors/api-server/metrics/measured-store.ts";
import { MemoryStore } from "#actors/store/memory.ts";
import { bytes, keyOf, storeContract } from "#test/contract/store.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

storeContract("measured", () => {
  const store = new MeasuredStore(new MemoryStore(), new SimulatedClock());
  return Promise.resolve({ store, [Symbol.asyncDispose]: () => store.close() });
});

const test = suite("api-server/metrics/measured-store");

test("counts writes and those that failed, by what they do and to what", async () => {
  const store = new MeasuredStore(new MemoryStore(), new SimulatedClock());
  const key = keyOf("a");
  const revision = await store.put("objects", key, bytes("1"), 0);
  await store.put("objects", key, bytes("2"), revision);
  await store.put("objects", key, bytes("3"), revision).catch(() => undefined);
  const valuesOf = (name: string) =>
    store
      .families()
      .find((family) => family.name === name)
      ?.values.map(({ labels, value }) => [labels["operation"], labels["resource"], value]);
  assert.equal(valuesOf("etcd_requests_total"), [
    ["create", key.resource, 1],
    ["update", key.resource, 2],
  ]);
  assert.equal(valuesOf("etcd_request_errors_total"), [
    ["create", key.resource, 0],
    ["update", key.resource, 1],
  ]);
});

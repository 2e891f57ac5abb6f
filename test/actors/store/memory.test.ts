import * as assert from "uvu/assert";
import { emptyContent, MemoryStore } from "#actors/store/memory.ts";
import { StoreUnavailable } from "#lib/store.ts";
import { bytes, contentOf, follow, keyOf, storeContract } from "#test/contract/store.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

storeContract("memory", () => {
  const store = new MemoryStore();
  return Promise.resolve({ store, [Symbol.asyncDispose]: () => store.close() });
});

const test = suite("actors/store/memory");
const a = keyOf("a");

test("keeps its content when the process that wrote it goes", async () => {
  const content = emptyContent();
  const first = new MemoryStore(content);
  const { seen } = follow(first);
  await first.put("objects", a, bytes("1"), 0);
  await first.close();
  const second = new MemoryStore(content);
  assert.equal((await contentOf(second)).lines, ["put a 1"]);
  await second.put("objects", keyOf("b"), bytes("1"), 0);
  assert.is(seen.all.length, 1, "a closed store gives nothing more");
});

test("is late as the simulation says, in order all the same", async () => {
  const clock = new SimulatedClock();
  const store = new MemoryStore(emptyContent(), { clock, faults: { delayMs: (step) => (step === "changes" ? 50 : 10) } });
  const { seen, stop } = follow(store);
  let answered = 0;
  void store.put("objects", a, bytes("1"), 0).then(() => (answered = clock.now()));
  void store.put("objects", keyOf("b"), bytes("1"), 0);
  const startedAt = clock.now();
  await clock.until(() => seen.all.length === 2);
  assert.is(answered - startedAt, 20);
  assert.ok(clock.now() - startedAt >= 50);
  assert.equal(seen.lines, ["put a 1", "put b 1"]);
  stop();
});

test("tells apart a write that was lost from one whose answer was", async () => {
  const content = emptyContent();
  const losing = (lost: "write" | "answer"): Promise<unknown> => {
    const store = new MemoryStore(content, { clock: new SimulatedClock(), faults: { isLost: (step) => step === lost } });
    return store.put("objects", a, bytes("1"), 0).catch((error: unknown) => error);
  };
  assert.instance(await losing("write"), StoreUnavailable);
  assert.is(content.objects.revision, 0);
  assert.instance(await losing("answer"), StoreUnavailable);
  assert.is(content.objects.revision, 1);
});

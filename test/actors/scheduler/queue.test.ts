import * as assert from "uvu/assert";
import { backoffMs, SchedulingQueue } from "#actors/scheduler/queue.ts";
import { settled, SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("scheduler/queue");
const { signal } = new AbortController();

const world = () => {
  const clock = new SimulatedClock();
  return { clock, queue: new SchedulingQueue(clock) };
};
const now = async (promise: Promise<string | undefined>): Promise<string | undefined> => {
  let value: string | undefined;
  void promise.then((key) => (value = key));
  await settled();
  return value;
};

test("gives the highest priority first, and equal ones in order", async () => {
  const { queue } = world();
  for (const [key, priority] of [
    ["a", 0],
    ["b", 10],
    ["c", 0],
    ["a", 99],
  ] as const)
    queue.add(key, priority);
  assert.equal([await queue.take(signal), await queue.take(signal), await queue.take(signal)], ["b", "a", "c"]);
});
test("wakes a taker when a pod comes", async () => {
  const { queue } = world();
  const taken = queue.take(signal);
  queue.add("a", 0);
  assert.is(await taken, "a");
});
test("leaves a parked pod until the cluster changes, and its back-off is over", async () => {
  const { clock, queue } = world();
  queue.add("a", 0);
  await queue.take(signal);
  queue.park("a");
  const taken = queue.take(signal);
  assert.is(await now(taken), undefined);
  queue.wake();
  assert.is(await now(taken), undefined);
  clock.step();
  assert.is(clock.now(), Date.UTC(2026, 0, 1) + backoffMs(1));
  assert.is(await taken, "a");
});
test("backs off one, two, four… ten seconds", () =>
  assert.equal([1, 2, 3, 4, 5, 50].map(backoffMs), [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]));
test("forgets a pod that was bound or removed, whatever its state", async () => {
  const { queue } = world();
  queue.add("a", 0);
  queue.remove("a");
  queue.add("b", 0);
  await queue.take(signal);
  queue.park("b");
  queue.remove("b");
  queue.wake();
  assert.is(queue.size, 0);
  queue.park("b");
  assert.is(queue.size, 0);
});
test("ends a taker when the signal is aborted", async () => {
  const abort = new AbortController();
  const taken = world().queue.take(abort.signal);
  abort.abort();
  assert.is(await taken, undefined);
});

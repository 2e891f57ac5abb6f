import * as assert from "uvu/assert";
import * as fc from "fast-check";
import { DelayQueue } from "#lib/delay-queue.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("lib/delay-queue");

const queueOf = () => {
  const clock = new SimulatedClock(0);
  const given: [key: string, at: number][] = [];
  const queue = new DelayQueue<string>(clock, (key) => given.push([key, clock.now()]));
  return { clock, given, queue };
};

test("gives keys at their instants, equal ones in the order they were set", async () => {
  const { clock, given, queue } = queueOf();
  queue.set("late", 30);
  queue.set("first", 10);
  queue.set("second", 10);
  await clock.advance(100);
  assert.equal(given, [
    ["first", 10],
    ["second", 10],
    ["late", 30],
  ]);
  assert.is(queue.size, 0);
});

test("set replaces an instant, setSooner keeps the earlier one", async () => {
  const { clock, given, queue } = queueOf();
  queue.set("a", 10);
  queue.set("a", 50);
  queue.set("b", 20);
  queue.setSooner("b", 90);
  queue.setSooner("b", 15);
  assert.is(queue.dueAt("a"), 50);
  await clock.advance(100);
  assert.equal(given, [
    ["b", 15],
    ["a", 50],
  ]);
});

test("waits thirty days by looking again, never by one long timer", async () => {
  const { clock, given, queue } = queueOf();
  const month = 30 * 86_400_000;
  queue.set("certificate", month);
  assert.ok((clock.nextAt() ?? Infinity) <= 60_000);
  await clock.advance(month - 1);
  assert.equal(given, []);
  await clock.advance(1);
  assert.equal(given, [["certificate", month]]);
});

test("has no timer once it is empty", () => {
  const { clock, queue } = queueOf();
  queue.set("a", 10);
  queue.delete("a");
  assert.is(clock.nextAt(), undefined);
  queue.set("b", 10);
  queue.clear();
  assert.is(clock.nextAt(), undefined);
  queue.delete("never set");
});

test("a key that sets itself again at once does not hold the loop", async () => {
  const clock = new SimulatedClock(0);
  let times = 0;
  const queue: DelayQueue<string> = new DelayQueue<string>(clock, (key) => {
    if (++times < 5) queue.set(key, 0);
  });
  queue.set("again", 0);
  assert.is(times, 0);
  clock.step();
  assert.is(times, 1);
  await clock.advance(0);
  assert.is(times, 5);
});

test("behaves as a sorted list under any sequence of sets and deletes", async () => {
  const step = fc.record({
    key: fc.integer({ min: 0, max: 30 }),
    at: fc.integer({ min: 0, max: 50 }),
    kind: fc.constantFrom("set", "sooner", "delete"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const { clock, given, queue } = queueOf();
      const model = new Map<string, { readonly at: number; readonly order: number }>();
      steps.forEach(({ key: number, at, kind }, order) => {
        const key = `k${number}`;
        const present = model.get(key);
        if (kind === "set") queue.set(key, at);
        if (kind === "sooner") queue.setSooner(key, at);
        if (kind === "delete") queue.delete(key);
        if (kind === "delete") model.delete(key);
        else if (kind === "set" || present === undefined || at < present.at) model.set(key, { at, order });
      });
      const expected = [...model].toSorted(([, a], [, b]) => a.at - b.at || a.order - b.order);
      await clock.advance(50);
      assert.equal(
        given,
        expected.map(([key, { at }]) => [key, at]),
      );
    }),
    { numRuns: 60 },
  );
});

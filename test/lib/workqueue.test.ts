import * as assert from "uvu/assert";
import * as fc from "fast-check";
import { WorkQueue } from "#lib/workqueue.ts";
import { SimulatedClock, settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("lib/workqueue");

test("gives keys in the order they came, each once however often it was added", async () => {
  const queue = new WorkQueue<string>({ clock: new SimulatedClock() });
  for (const key of ["a", "b", "a", "c", "b"]) queue.add(key);
  assert.is(queue.depth, 3);
  assert.equal([await queue.take(), await queue.take(), await queue.take()], ["a", "b", "c"]);
});

test("gives a key that is added while it is processed once more, after it is done", async () => {
  const queue = new WorkQueue<string>({ clock: new SimulatedClock() });
  queue.add("a");
  assert.is(await queue.take(), "a");
  queue.add("a");
  queue.add("a");
  assert.is(queue.depth, 0);
  queue.done("a");
  assert.is(queue.depth, 1);
  assert.is(await queue.take(), "a");
  queue.done("a");
  assert.is(queue.depth, 0);
});

test("wakes waiting consumers in the order they came", async () => {
  const queue = new WorkQueue<string>({ clock: new SimulatedClock() });
  const taken = Promise.all([queue.take(), queue.take()]);
  queue.add("a");
  queue.add("b");
  assert.equal(await taken, ["a", "b"]);
});

test("an aborted consumer gets undefined and takes no key with it", async () => {
  const queue = new WorkQueue<string>({ clock: new SimulatedClock() });
  const abort = new AbortController();
  const taken = queue.take(abort.signal);
  abort.abort();
  assert.is(await taken, undefined);
  queue.add("a");
  assert.is(await queue.take(abort.signal), undefined);
  assert.is(await queue.take(), "a");
});

test("adds after a delay, the soonest of several", async () => {
  const clock = new SimulatedClock();
  const queue = new WorkQueue<string>({ clock });
  queue.addAfter("a", 100);
  queue.addAfter("a", 50);
  queue.addAfter("a", 70);
  queue.addAfter("b", 0);
  assert.is(queue.depth, 1);
  await clock.advance(49);
  assert.is(queue.depth, 1);
  await clock.advance(1);
  assert.is(queue.depth, 2);
  assert.is(queue.delayed, 0);
});

test("backs a failing key off from 5 ms doubling to 1000 s until it is forgotten", async () => {
  const clock = new SimulatedClock(0);
  const queue = new WorkQueue<string>({ clock });
  const delays: number[] = [];
  for (let i = 0; i < 20; i++) {
    const from = clock.now();
    queue.addRateLimited("a");
    const taken = queue.take();
    await clock.until(() => queue.processing === 1);
    await taken;
    queue.done("a");
    delays.push(clock.now() - from);
  }
  assert.equal(delays.slice(0, 4), [5, 10, 20, 40]);
  assert.equal(delays.slice(-2), [1_000_000, 1_000_000]);
  assert.is(queue.failures("a"), 20);
  queue.forget("a");
  queue.addRateLimited("a");
  assert.is(queue.failures("a"), 1);
});

test("shut down: gives what is ready, accepts nothing more, then answers undefined", async () => {
  const clock = new SimulatedClock();
  const queue = new WorkQueue<string>({ clock });
  queue.add("a");
  queue.addAfter("later", 10);
  queue.shutDown();
  queue.add("b");
  queue.addAfter("c", 1);
  assert.is(await queue.take(), "a");
  assert.is(await queue.take(), undefined);
  assert.is(clock.nextAt(), undefined);
});

test("shut down wakes those who wait", async () => {
  const queue = new WorkQueue<string>({ clock: new SimulatedClock() });
  const taken = Promise.all([queue.take(), queue.take()]);
  queue.shutDown();
  assert.equal(await taken, [undefined, undefined]);
});

test("tells its depth on every change", async () => {
  const depths: number[] = [];
  const queue = new WorkQueue<string>({ clock: new SimulatedClock(), onDepth: (depth) => depths.push(depth) });
  queue.add("a");
  queue.add("b");
  await queue.take();
  await queue.take();
  assert.equal(depths, [1, 2, 1, 0]);
});

test("stays fair over many more keys than it holds at once", async () => {
  const queue = new WorkQueue<number>({ clock: new SimulatedClock() });
  for (let i = 0; i < 5_000; i++) {
    queue.add(i);
    queue.add(i + 100_000);
    const key = await queue.take();
    if (key !== undefined) queue.done(key);
  }
  assert.is(queue.depth, 5_000);
});

test("never gives one key to two consumers, and loses none, under any interleaving", async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("add" as const), key: fc.integer({ min: 0, max: 5 }) }),
    fc.record({ do: fc.constantFrom("take" as const, "done" as const), key: fc.integer({ min: 0, max: 5 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const queue = new WorkQueue<number>({ clock: new SimulatedClock() });
      const held = new Set<number>();
      const owed = new Set<number>();
      const receive = (key: number | undefined): void => {
        if (key === undefined) return;
        assert.not(held.has(key), "given twice at once");
        assert.ok(owed.delete(key), "given without having been added");
        held.add(key);
      };
      for (const { do: what, key } of steps) {
        if (what === "add") {
          owed.add(key);
          queue.add(key);
        } else if (what === "done") {
          if (held.delete(key)) queue.done(key);
        } else void queue.take().then(receive);
        await settled();
      }
      while (queue.depth > 0 || held.size > 0) {
        for (const key of held) {
          held.delete(key);
          queue.done(key);
        }
        if (queue.depth > 0) receive(await queue.take());
        await settled();
      }
      assert.is(owed.size, 0);
    }),
    { numRuns: 60 },
  );
});

import * as assert from "uvu/assert";
import { createActor, fromCallback } from "xstate";
import { failuresAfter, machine, restartDelayMs } from "#actors/cluster/process/machine.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("cluster/process/machine");

const processOf = () => {
  const clock = new SimulatedClock();
  const runs = { started: 0, ended: 0 };
  const run = fromCallback<{ type: "stop" }>(() => {
    runs.started++;
    return () => void runs.ended++;
  });
  const actor = createActor(machine.provide({ actors: { run } }), { clock }).start();
  const exit = (): void => actor.send({ type: "process.exited", code: 1, signal: null, at: clock.now() });
  const begin = (pid: number): void => {
    actor.send({ type: "process.started", pid, at: clock.now() });
    actor.send({ type: "process.ready" });
  };
  return { actor, begin, clock, exit, runs };
};

test("waits longer after each failure, ten seconds at most", () => {
  assert.equal(
    [0, 1, 2, 3, 7, 8, 50].map((failures) => restartDelayMs(failures)),
    [100, 100, 200, 400, 6_400, 10_000, 10_000],
  );
});

test("forgives failures after a minute of life", () => {
  assert.is(failuresAfter(5, 0, 59_999), 6);
  assert.is(failuresAfter(5, 0, 60_000), 1);
});

test("starts a process again, after its delay, and counts", async () => {
  const { actor, begin, clock, exit, runs } = processOf();
  begin(7);
  assert.ok(actor.getSnapshot().matches({ alive: "running" }));
  assert.is(actor.getSnapshot().context.pid, 7);
  exit();
  assert.is(actor.getSnapshot().value, "backingOff");
  assert.is(actor.getSnapshot().context.pid, undefined);
  await clock.advance(99);
  assert.is(runs.started, 1);
  await clock.advance(1);
  assert.is(runs.started, 2);
  exit();
  await clock.advance(199);
  assert.is(runs.started, 2);
  await clock.advance(1);
  assert.is(runs.started, 3);
  assert.is(actor.getSnapshot().context.restarts, 2);
});

test("is not running before the process says that it is ready", () => {
  const { actor } = processOf();
  actor.send({ type: "process.started", pid: 7, at: 0 });
  assert.ok(actor.getSnapshot().matches({ alive: "starting" }));
});

test("stays stopped, whether it ran or waited", async () => {
  for (const exits of [false, true]) {
    const { actor, begin, clock, exit, runs } = processOf();
    begin(7);
    if (exits) exit();
    actor.send({ type: "stop" });
    await clock.advance(60_000);
    assert.is(actor.getSnapshot().status, "done");
    assert.equal(runs, { started: 1, ended: 1 });
  }
});

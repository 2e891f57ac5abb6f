import * as assert from "uvu/assert";
import { createActor, setup } from "xstate";
import { supervise } from "#lib/supervise.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("lib/supervise");

const machine = setup({
  types: { events: {} as { type: "crash" } },
  actions: {
    crash: () => {
      throw new Error("crashed");
    },
  },
}).createMachine({ id: "fragile", on: { crash: { actions: "crash" } }, options: { maxIterations: 1000 } });

const worldOf = () => {
  const clock = new SimulatedClock(0);
  const abort = new AbortController();
  const told: string[] = [];
  const current = supervise(
    {
      make: () => createActor(machine),
      clock,
      most: 2,
      withinMs: 1_000,
      onRestart: () => told.push("restart"),
      giveUp: (error) => told.push(`give up: ${(error as Error).message}`),
    },
    abort.signal,
  );
  return { abort, clock, crash: () => current().send({ type: "crash" }), current, told };
};

test("makes an actor that crashed anew", () => {
  const { crash, current, told } = worldOf();
  const first = current();
  crash();
  assert.equal(told, ["restart"]);
  assert.is.not(current(), first);
  assert.is(current().getSnapshot().status, "active");
});

test("gives up when crashes come too thick", () => {
  const { crash, told } = worldOf();
  crash();
  crash();
  crash();
  assert.equal(told, ["restart", "restart", "give up: crashed"]);
});

test("does not count crashes of long ago", async () => {
  const { clock, crash, told } = worldOf();
  for (let i = 0; i < 4; i++) {
    crash();
    await clock.advance(600);
  }
  assert.equal(told, ["restart", "restart", "restart", "restart"]);
});

test("stops the actor with its signal", () => {
  const { abort, current } = worldOf();
  abort.abort();
  assert.is(current().getSnapshot().status, "stopped");
});

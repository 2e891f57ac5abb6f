import * as assert from "uvu/assert";
import { createActor, setup } from "xstate";
import { Inspection } from "#lib/inspect.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("lib/inspect");

const machine = setup({}).createMachine({
  id: "lamp",
  initial: "off",
  states: {
    off: { on: { toggle: "on" } },
    on: { initial: "bright", on: { toggle: "off" }, states: { bright: { on: { dim: "dark" } }, dark: {} } },
    gone: { type: "final" },
  },
  on: { smash: ".gone" },
  options: { maxIterations: 1000 },
});

const lamp = (inspection: Inspection, id = "lamp-1") => createActor(machine, { id, inspect: inspection.inspect }).start();

test("counts how often each state was entered, the initial one too", () => {
  const inspection = new Inspection(new SimulatedClock());
  const actor = lamp(inspection);
  actor.send({ type: "toggle" });
  actor.send({ type: "dim" });
  actor.send({ type: "unknown" });
  actor.send({ type: "toggle" });
  assert.equal(inspection.counts(), [
    { machine: "lamp", state: "off", count: 2 },
    { machine: "lamp", state: "on.bright", count: 1 },
    { machine: "lamp", state: "on.dark", count: 1 },
  ]);
});

test("keeps the last hundred transitions of each living actor, oldest first", () => {
  const clock = new SimulatedClock(7);
  const inspection = new Inspection(clock);
  const actor = lamp(inspection);
  for (let i = 0; i < 150; i++) actor.send({ type: "toggle" });
  const [seen] = inspection.actors();
  assert.is(seen?.last.length, 100);
  assert.equal(seen?.last.at(-1), { machine: "lamp", actor: "lamp-1", state: "off", event: "toggle", at: 7 });
  assert.is(seen?.last[0]?.state, "on.bright");
  assert.is(seen?.state, "off");
});

test("forgets an actor that has stopped or finished", () => {
  const inspection = new Inspection(new SimulatedClock());
  lamp(inspection, "finished").send({ type: "smash" });
  lamp(inspection, "stopped").stop();
  lamp(inspection, "living");
  assert.equal(
    inspection.actors().map(({ actor }) => actor),
    ["living"],
  );
});

test("tells a subscriber of transitions until it leaves", () => {
  const inspection = new Inspection(new SimulatedClock());
  const told: string[] = [];
  const leave = inspection.subscribe(({ state, event }) => told.push(`${event} ${state}`));
  const actor = lamp(inspection);
  actor.send({ type: "toggle" });
  leave();
  actor.send({ type: "toggle" });
  assert.equal(told, ["xstate.init off", "toggle on.bright"]);
});

test("joins the states of parallel regions", () => {
  const inspection = new Inspection(new SimulatedClock());
  const parallel = setup({}).createMachine({ id: "both", type: "parallel", states: { a: { initial: "x", states: { x: {} } }, b: {} } });
  createActor(parallel, { inspect: inspection.inspect }).start();
  assert.is(inspection.counts()[0]?.state, "a.x,b");
});

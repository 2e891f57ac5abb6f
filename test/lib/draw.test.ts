import * as assert from "uvu/assert";
import { fromPromise, setup } from "xstate";
import { drawMachine } from "#lib/draw.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("lib/draw");

const machine = setup({
  actors: { load: fromPromise(() => Promise.resolve()) },
  guards: { at: (_args, { floor }: { readonly floor: number }) => floor > 0, open: () => true },
  delays: { shortMs: 1_500, growingMs: () => 1 },
}).createMachine({
  id: "lift",
  initial: "loading",
  on: { stop: ".halted", noise: {} },
  states: {
    loading: { invoke: { src: "load", onDone: "moving", onError: "waiting" } },
    waiting: { after: { shortMs: "loading", growingMs: "halted" } },
    moving: {
      type: "parallel",
      on: { "door:opened": "halted" },
      onDone: "halted",
      states: {
        cabin: {
          initial: "down",
          states: { down: { always: { guard: { type: "at", params: { floor: 2 } }, target: "up" } }, up: { type: "final" } },
        },
        light: {
          initial: "on",
          on: { flip: ".off" },
          states: { on: { always: { guard: "open", target: "#lift.waiting" } }, off: { on: { flip: "on" } } },
        },
      },
    },
    halted: { type: "final" },
  },
});

test("draws states within states, and each arrow in the innermost frame that holds both ends", () => {
  assert.is(
    drawMachine(machine),
    `stateDiagram-v2
  state "any" as any
  state "loading" as loading
  state "waiting" as waiting
  state "moving" as moving {
    state "cabin" as moving_cabin {
      state "down" as moving_cabin_down
      state "up" as moving_cabin_up
      [*] --> moving_cabin_down
      moving_cabin_down --> moving_cabin_up: [at 2]
      moving_cabin_up --> [*]
    }
    --
    state "light" as moving_light {
      state "any" as moving_light_any
      state "on" as moving_light_on
      state "off" as moving_light_off
      [*] --> moving_light_on
      moving_light_any --> moving_light_off: flip
      moving_light_off --> moving_light_on: flip
    }
  }
  state "halted" as halted
  [*] --> loading
  any --> halted: stop
  loading --> moving: load done
  loading --> waiting: load failed
  waiting --> loading: after 1.5 s
  waiting --> halted: after growingMs
  moving --> halted: door opened
  moving --> halted: all done
  moving_light_on --> waiting: [open]
  halted --> [*]`,
  );
});

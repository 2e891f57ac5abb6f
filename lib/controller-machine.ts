// When a controller or the scheduler works: while it leads. What its keys are about shows here in `leading`:
// reconciling while a key is in hand, backingOff while keys only wait for another try, settled otherwise.
import { assign, fromPromise, setup } from "xstate";
import { unprovided } from "./unprovided.ts";

type Event =
  | { readonly type: "leader.elected" }
  | { readonly type: "leader.lost" }
  | { readonly type: "keys.settled" }
  | { readonly type: "keys.taken" }
  | { readonly type: "keys.failing" };

/** States: syncing → standby ⇄ leading (settled, reconciling, backingOff); broken after a bug, and then again from the start. */
export const controllerMachine = setup({
  types: { context: {} as { readonly leader: boolean }, events: {} as Event },
  actors: { sync: fromPromise<void>(unprovided("sync")), work: fromPromise<void>(unprovided("work")) },
  actions: { report: (_args: unknown, _params: { readonly error: unknown }): void => unprovided("report")() },
  guards: { leader: ({ context }) => context.leader, noLeader: ({ context }) => !context.leader },
  delays: { restartMs: 1_000 },
}).createMachine({
  id: "controller",
  context: { leader: false },
  on: {
    "leader.elected": { actions: assign({ leader: true }) },
    "leader.lost": { actions: assign({ leader: false }) },
  },
  initial: "syncing",
  states: {
    syncing: {
      invoke: {
        src: "sync",
        onDone: "standby",
        onError: { target: "broken", actions: { type: "report", params: ({ event }) => ({ error: event.error }) } },
      },
    },
    standby: { always: { guard: "leader", target: "leading" } },
    leading: {
      always: { guard: "noLeader", target: "standby" },
      invoke: {
        src: "work",
        onDone: "standby",
        onError: { target: "broken", actions: { type: "report", params: ({ event }) => ({ error: event.error }) } },
      },
      on: { "keys.settled": ".settled", "keys.taken": ".reconciling", "keys.failing": ".backingOff" },
      initial: "settled",
      states: { settled: {}, reconciling: {}, backingOff: {} },
    },
    broken: { after: { restartMs: "syncing" } },
  },
  options: { maxIterations: 1000 },
});

// When the scheduler works: once it has seen every node and pod, and only while it leads.
import { assign, fromPromise, setup } from "xstate";
import { unprovided } from "#lib/unprovided.ts";

type Event = { readonly type: "leader.elected" } | { readonly type: "leader.lost" };

export const machine = setup({
  types: { context: {} as { readonly leader: boolean }, events: {} as Event },
  actors: { sync: fromPromise<void>(unprovided("sync")), schedule: fromPromise<void>(unprovided("schedule")) },
  actions: { report: (_args: unknown, _params: { readonly error: unknown }): void => unprovided("report")() },
  delays: { restartMs: 1_000 },
}).createMachine({
  id: "scheduler",
  context: { leader: false },
  on: { "leader.elected": { actions: assign({ leader: true }) }, "leader.lost": { actions: assign({ leader: false }) } },
  initial: "syncing",
  states: {
    syncing: {
      invoke: {
        src: "sync",
        onDone: "standby",
        onError: { target: "broken", actions: { type: "report", params: ({ event }) => ({ error: event.error }) } },
      },
    },
    standby: { always: { guard: ({ context }) => context.leader, target: "scheduling" } },
    scheduling: {
      always: { guard: ({ context }) => !context.leader, target: "standby" },
      invoke: {
        src: "schedule",
        onDone: "standby",
        onError: { target: "broken", actions: { type: "report", params: ({ event }) => ({ error: event.error }) } },
      },
    },
    broken: { after: { restartMs: "syncing" } },
  },
  options: { maxIterations: 1000 },
});

// One child process of the cluster: started, watched, started again with a growing delay when it dies, stopped in order.
// A process that ran for a minute has its delay reset; nobody gives up, since nothing above could do better.
import { assign, fromCallback, setup } from "xstate";
import { unprovided } from "#lib/unprovided.ts";

/** How a process ended. */
export type Exit = { readonly code: number | null; readonly signal: string | null };

type Event =
  | { readonly type: "process.started"; readonly pid: number; readonly at: number }
  | { readonly type: "process.ready" }
  | ({ readonly type: "process.exited"; readonly at: number } & Exit)
  | { readonly type: "stop" };

type Context = { readonly pid: number | undefined; readonly startedAt: number; readonly restarts: number; readonly failures: number };

const STABLE_MS = 60_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/** Delay before the next start after `failures` ends in a row. */
export const restartDelayMs = (failures: number): number => Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, failures - 1));

/** Failures in a row once a process that started at `startedAt` has ended at `at`. */
export const failuresAfter = (failures: number, startedAt: number, at: number): number => (at - startedAt >= STABLE_MS ? 1 : failures + 1);

export const machine = setup({
  types: { context: {} as Context, events: {} as Event },
  actors: { run: fromCallback<{ type: "stop" }>(unprovided("run")) },
  delays: { restartMs: ({ context }) => restartDelayMs(context.failures) },
  actions: {
    started: assign(({ context, event }) =>
      event.type === "process.started" ? { ...context, pid: event.pid, startedAt: event.at } : context,
    ),
    exited: assign(({ context, event }) =>
      event.type === "process.exited"
        ? {
            ...context,
            pid: undefined,
            restarts: context.restarts + 1,
            failures: failuresAfter(context.failures, context.startedAt, event.at),
          }
        : context,
    ),
  },
}).createMachine({
  id: "process",
  context: { pid: undefined, startedAt: 0, restarts: 0, failures: 0 },
  initial: "alive",
  states: {
    alive: {
      initial: "starting",
      invoke: { src: "run", id: "run", onError: "backingOff" },
      on: {
        "process.started": { actions: "started" },
        "process.exited": { target: "backingOff", actions: "exited" },
        stop: "stopped",
      },
      states: { starting: { on: { "process.ready": "running" } }, running: {} },
    },
    backingOff: { after: { restartMs: "alive" }, on: { stop: "stopped" } },
    stopped: { type: "final" },
  },
  options: { maxIterations: 1000 },
});

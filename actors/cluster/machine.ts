// The life of a cluster on one machine, in the order in which its parts need each other. Every step is a port; the machine
// says only what comes after what, and that whatever was started is stopped, whichever way it ends.
import { assign, fromPromise, setup } from "xstate";
import { unprovided } from "#lib/unprovided.ts";

type Event = { readonly type: "stop" };
type Context = { readonly error: unknown };

const step = (name: string) => fromPromise<void>(unprovided(name));

export const machine = setup({
  types: { context: {} as Context, events: {} as Event },
  actors: {
    prepare: step("prepare"),
    startNats: step("startNats"),
    startApiServer: step("startApiServer"),
    startNodes: step("startNodes"),
    applyAddons: step("applyAddons"),
    awaitReady: step("awaitReady"),
    stopAll: step("stopAll"),
  },
  actions: { failed: assign(({ event }) => ({ error: (event as { error?: unknown }).error })) },
}).createMachine({
  id: "cluster",
  context: { error: undefined },
  initial: "preparing",
  on: { stop: ".stopping" },
  states: {
    preparing: { invoke: { src: "prepare", onDone: "startingNats", onError: { target: "stopping", actions: "failed" } } },
    startingNats: { invoke: { src: "startNats", onDone: "startingApiServer", onError: { target: "stopping", actions: "failed" } } },
    startingApiServer: { invoke: { src: "startApiServer", onDone: "startingNodes", onError: { target: "stopping", actions: "failed" } } },
    startingNodes: { invoke: { src: "startNodes", onDone: "applyingAddons", onError: { target: "stopping", actions: "failed" } } },
    applyingAddons: { invoke: { src: "applyAddons", onDone: "awaitingReady", onError: { target: "stopping", actions: "failed" } } },
    awaitingReady: { invoke: { src: "awaitReady", onDone: "ready", onError: { target: "stopping", actions: "failed" } } },
    ready: {},
    stopping: { invoke: { src: "stopAll", onDone: "stopped", onError: "stopped" }, on: { stop: {} } },
    stopped: { type: "final" },
  },
  options: { maxIterations: 1000 },
});

// The life of a cluster on one machine, in the order in which its parts need each other. Every step is a port; the machine
// says only what comes after what, and that whatever was started is stopped, whichever way it ends.
import { assign, fromPromise, setup } from "xstate";
import { unprovided } from "#lib/unprovided.ts";

type Event = { readonly type: "stop" };
type Context = { readonly error: unknown };

const step = (name: string) => fromPromise<void>(unprovided(name));

/** One of the things that happen side by side once the API answers. */
const side = <Name extends string>(src: Name) =>
  ({
    initial: "working",
    states: {
      working: { invoke: { src, onDone: "done", onError: { target: "#cluster.stopping", actions: "failed" } } },
      done: { type: "final" },
    },
  }) as const;

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
    startingApiServer: { invoke: { src: "startApiServer", onDone: "populating", onError: { target: "stopping", actions: "failed" } } },
    populating: {
      type: "parallel",
      onDone: "ready",
      states: {
        nodes: side("startNodes"),
        addons: side("applyAddons"),
        readiness: side("awaitReady"),
      },
    },
    ready: {},
    stopping: { invoke: { src: "stopAll", onDone: "stopped", onError: "stopped" }, on: { stop: {} } },
    stopped: { type: "final" },
  },
  options: { maxIterations: 1000 },
});

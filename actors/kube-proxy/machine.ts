// The life of a node's proxy: it listens for nothing before it has seen every Service and EndpointSlice.
import { fromCallback, fromPromise, setup } from "xstate";
import { unprovided } from "#lib/unprovided.ts";

export const machine = setup({
  types: { events: {} as { readonly type: "stop" } },
  actors: { sync: fromPromise<void>(unprovided("sync")), proxy: fromCallback(unprovided("proxy")) },
  delays: { retryMs: 1_000 },
}).createMachine({
  id: "kube-proxy",
  initial: "syncing",
  on: { stop: ".stopped" },
  states: {
    syncing: { invoke: { src: "sync", onDone: "proxying", onError: "backingOff" } },
    backingOff: { after: { retryMs: "syncing" } },
    proxying: { invoke: { src: "proxy", onError: "backingOff" } },
    stopped: { type: "final" },
  },
  options: { maxIterations: 1000 },
});

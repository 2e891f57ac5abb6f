// The life of an API server. It answers only while it serves, and reads only while the store is away.
import { fromPromise, setup } from "xstate";
import { unprovided } from "#lib/unprovided.ts";

type Event =
  | { readonly type: "store.failed" }
  /** The caches are no longer fed. */
  | { readonly type: "caches.lost" }
  | { readonly type: "drain" };

export const machine = setup({
  types: { events: {} as Event },
  actors: {
    /** Resolves when the caches hold what the store holds. */
    fill: fromPromise<void>(unprovided("fill")),
    /** Writes what every cluster has: namespaces, roles, the API server's own Service. */
    bootstrap: fromPromise<void>(unprovided("bootstrap")),
    /** Resolves when the store answers. */
    probe: fromPromise<void>(unprovided("probe")),
    /** Ends watches; resolves when no request is in progress. */
    finish: fromPromise<void>(unprovided("finish")),
  },
  delays: { retryMs: 1_000 },
}).createMachine({
  id: "api-server",
  initial: "running",
  states: {
    running: {
      initial: "fillingCaches",
      on: { "caches.lost": ".fillingCaches", drain: "draining" },
      states: {
        fillingCaches: { invoke: { src: "fill", onDone: "bootstrapping", onError: "refilling" } },
        refilling: { after: { retryMs: "fillingCaches" } },
        bootstrapping: { invoke: { src: "bootstrap", onDone: "serving", onError: "bootstrapFailed" } },
        bootstrapFailed: { after: { retryMs: "bootstrapping" } },
        serving: { on: { "store.failed": "storeUnavailable" } },
        storeUnavailable: { invoke: { src: "probe", onDone: "serving", onError: "waitingForStore" } },
        waitingForStore: { after: { retryMs: "storeUnavailable" } },
      },
    },
    draining: { invoke: { src: "finish", onDone: "stopped", onError: "stopped" } },
    stopped: { type: "final" },
  },
  options: { maxIterations: 1000 },
});

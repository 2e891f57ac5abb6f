// WHEN: the life of a node's kubelet. Pods live in machines of their own (pod/machine.ts); here is what they all wait for.
import { assign, fromPromise, setup } from "xstate";
import { unprovided } from "#lib/unprovided.ts";

type Context = { readonly failures: number };

export type KubeletEvent =
  | { readonly type: "stop" }
  /** Somebody deleted the node's object. */
  | { readonly type: "node.deleted" }
  /** Something in the node's status may have changed. */
  | { readonly type: "node.changed" };

const again = { target: "waiting" } as const;

export const machine = setup({
  types: { context: {} as Context, events: {} as KubeletEvent },
  actors: {
    /** Sees what the runtime still has. */
    recover: fromPromise<void>(unprovided("recover")),
    register: fromPromise<void>(unprovided("register")),
    /** Learns what there is to run, and the addresses to run it with. */
    sync: fromPromise<void>(unprovided("sync")),
    renewLease: fromPromise<void>(unprovided("renewLease")),
    report: fromPromise<void>(unprovided("report")),
    /** Ends pods when the node is short of memory. */
    relieve: fromPromise<void>(unprovided("relieve")),
    drain: fromPromise<void>(unprovided("drain")),
  },
  actions: {
    /** Takes on the pods that are bound to the node, now and as they come. */
    takePods: unprovided("takePods"),
    complain: (_args: unknown, _params: { readonly error: unknown }): void => unprovided("complain")(),
    failed: assign({ failures: ({ context }) => context.failures + 1 }),
    succeeded: assign({ failures: 0 }),
  },
  delays: { heartbeatMs: 10_000, pressureMs: 10_000, backoffMs: unprovided("backoffMs") },
}).createMachine({
  id: "kubelet",
  context: { failures: 0 },
  initial: "starting",
  on: { stop: ".draining" },
  states: {
    starting: {
      invoke: { src: "recover", onDone: "registering", onError: { target: "startingAgain", actions: ["failed", complaint()] } },
    },
    startingAgain: { after: { backoffMs: "starting" } },
    registering: {
      invoke: {
        src: "register",
        onDone: { target: "syncing", actions: "succeeded" },
        onError: { target: "registeringAgain", actions: ["failed", complaint()] },
      },
    },
    registeringAgain: { after: { backoffMs: "registering" } },
    syncing: {
      invoke: { src: "sync", onDone: "running", onError: { target: "registeringAgain", actions: ["failed", complaint()] } },
    },
    running: {
      entry: "takePods",
      on: { "node.deleted": "registering" },
      type: "parallel",
      states: {
        lease: {
          initial: "renewing",
          states: {
            renewing: { invoke: { src: "renewLease", onDone: again, onError: { ...again, actions: complaint() } } },
            waiting: { after: { heartbeatMs: "renewing" } },
          },
        },
        status: {
          initial: "reporting",
          states: {
            reporting: { invoke: { src: "report", onDone: again, onError: { ...again, actions: complaint() } } },
            waiting: { after: { heartbeatMs: "reporting" }, on: { "node.changed": "reporting" } },
          },
        },
        memory: {
          initial: "relieving",
          states: {
            relieving: { invoke: { src: "relieve", onDone: again, onError: { ...again, actions: complaint() } } },
            waiting: { after: { pressureMs: "relieving" } },
          },
        },
      },
    },
    draining: { on: { stop: {} }, invoke: { src: "drain", onDone: "stopped", onError: { target: "stopped", actions: complaint() } } },
    stopped: { type: "final" },
  },
  options: { maxIterations: 1000 },
});

function complaint() {
  return { type: "complain", params: ({ event }: { readonly event: { readonly error: unknown } }) => ({ error: event.error }) } as const;
}

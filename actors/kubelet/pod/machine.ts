// WHEN: the life of one pod on its node. What it needs is decided in decide.ts; how that is done stands in worker.ts.
//
// P1 from `terminating` no way leads back: a pod that has begun to end starts nothing more. P2 `removing`, which deletes the
// API object, is entered only when every process of the pod is gone (N3).
import { assign, fromPromise, setup } from "xstate";
import { unprovided } from "#lib/unprovided.ts";
import type { Stage } from "./decide.ts";
import type { Verdict } from "./status.ts";

/** What the API says of the pod when its kubelet takes it on. */
export type Input = {
  /** It has been admitted before, by this kubelet or an earlier one. */
  readonly known: boolean;
  readonly ended: boolean;
  readonly deleted: boolean;
};

type Context = {
  readonly input: Input;
  readonly stage: Stage;
  /** Its deletion is asked for. */
  readonly deleted: boolean;
  /** Its API object is gone, or another pod has its name. */
  readonly gone: boolean;
  /** How often in a row the current step has failed. */
  readonly failures: number;
  readonly verdict: Verdict | undefined;
};

export type PodEvent =
  /** The API object, a container, a probe, or the time has changed. */
  | { readonly type: "changed" }
  | { readonly type: "deleted" }
  /** A later delete leaves less time. */
  | { readonly type: "hurried" }
  | { readonly type: "gone" }
  /** The node cannot keep the pod. */
  | { readonly type: "evicted"; readonly verdict: Verdict }
  /** A back-off has passed. */
  | { readonly type: "due" };

const OVERDUE: Verdict = { reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline" };

const to = (...stages: readonly Stage[]) => stages.map((stage) => ({ guard: { type: "at", params: { stage } } as const, target: stage }));

export const machine = setup({
  types: { context: {} as Context, events: {} as PodEvent, input: {} as Input },
  actors: {
    admit: fromPromise<Verdict | undefined>(unprovided("admit")),
    prepare: fromPromise<void>(unprovided("prepare")),
    terminate: fromPromise<void, { readonly verdict: Verdict | undefined }>(unprovided("terminate")),
    remove: fromPromise<void>(unprovided("remove")),
  },
  actions: {
    /** Decides anew; the stage follows from it. */
    look: assign({ stage: (): Stage => unprovided("look")() }),
    /** Does what was decided. */
    perform: unprovided("perform"),
    /** Lets the API know. */
    report: unprovided("report"),
    /** Has `due` sent after the back-off of so many failures. */
    backOff: (_args: unknown, _params: { readonly failures: number }): void => unprovided("backOff")(),
    failed: assign({ failures: ({ context }) => context.failures + 1 }),
    succeeded: assign({ failures: 0 }),
    overdue: assign({ verdict: OVERDUE }),
    deleted: assign({ deleted: true }),
    gone: assign({ gone: true }),
  },
  guards: {
    at: ({ context }, { stage }: { readonly stage: Stage }) => context.stage === stage,
    admitted: (_args: unknown, { verdict }: { readonly verdict: Verdict | undefined }) => verdict === undefined,
    known: ({ context }) => context.input.known,
    leaving: ({ context }) => context.input.ended || context.deleted,
    gone: ({ context }) => context.gone,
    deleted: ({ context }) => context.deleted,
    /** The pod ended well. */
    succeeded: (): boolean => unprovided("succeeded")(),
  },
}).createMachine({
  id: "pod",
  context: ({ input }) => ({ input, stage: "pulling", deleted: input.deleted, gone: false, failures: 0, verdict: undefined }),
  on: {
    deleted: { target: ".terminating", actions: "deleted" },
    gone: { target: ".terminating", actions: "gone" },
    evicted: { target: ".terminating", actions: assign({ verdict: ({ event }) => event.verdict }) },
  },
  initial: "pending",
  states: {
    pending: { always: [{ guard: "leaving", target: "terminating" }, { guard: "known", target: "preparing" }, { target: "admitting" }] },
    admitting: {
      invoke: {
        src: "admit",
        onDone: [
          { guard: { type: "admitted", params: ({ event }) => ({ verdict: event.output }) }, target: "preparing" },
          { target: "terminating", actions: assign({ verdict: ({ event }) => event.output }) },
        ],
        onError: { target: "terminating", actions: assign({ verdict: { reason: "UnexpectedAdmissionError", message: "" } }) },
      },
    },
    preparing: {
      entry: "report",
      invoke: {
        src: "prepare",
        onDone: { target: "active", actions: "succeeded" },
        onError: { target: "preparingAgain", actions: "failed" },
      },
      on: { changed: { actions: "report" } },
    },
    preparingAgain: {
      entry: { type: "backOff", params: ({ context }) => ({ failures: context.failures }) },
      on: { due: "preparing", changed: { actions: "report" } },
    },
    active: {
      entry: ["look", "perform", "report"],
      on: { changed: { actions: ["look", "perform", "report"] }, due: { actions: ["look", "perform", "report"] } },
      always: [
        { guard: { type: "at", params: { stage: "completed" } }, target: "terminating" },
        { guard: { type: "at", params: { stage: "overdue" } }, target: "terminating", actions: "overdue" },
      ],
      initial: "pulling",
      states: {
        pulling: { always: to("initializing", "starting", "running") },
        initializing: { always: to("starting", "running") },
        starting: { always: to("running") },
        running: { always: to("starting") },
      },
    },
    terminating: {
      entry: "report",
      invoke: {
        src: "terminate",
        input: ({ context }) => ({ verdict: context.verdict }),
        onDone: { target: "ended", actions: "succeeded" },
        onError: { target: "terminatingAgain", actions: "failed" },
      },
      on: {
        changed: { actions: "report" },
        deleted: { target: "terminating", reenter: true, actions: "deleted" },
        hurried: { target: "terminating", reenter: true },
        gone: { actions: "gone" },
        evicted: {},
      },
    },
    terminatingAgain: {
      entry: { type: "backOff", params: ({ context }) => ({ failures: context.failures }) },
      on: { due: "terminating", deleted: { actions: "deleted" }, gone: { actions: "gone" }, evicted: {} },
    },
    ended: {
      entry: "report",
      always: [
        { guard: "gone", target: "removed" },
        { guard: "deleted", target: "removing" },
      ],
      on: { changed: { actions: "report" }, deleted: { target: "removing", actions: "deleted" }, gone: "removed", evicted: {} },
      initial: "failed",
      states: { failed: { always: { guard: "succeeded", target: "succeeded" } }, succeeded: {} },
    },
    removing: {
      invoke: { src: "remove", onDone: "removed", onError: { target: "removingAgain", actions: "failed" } },
      on: { deleted: {}, gone: "removed", evicted: {} },
    },
    removingAgain: {
      entry: { type: "backOff", params: ({ context }) => ({ failures: context.failures }) },
      on: { due: "removing", deleted: {}, gone: "removed", evicted: {} },
    },
    removed: { type: "final" },
  },
  options: { maxIterations: 1000 },
});

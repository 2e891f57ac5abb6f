// Joins the pod's machine to what carries it out.
import { assign, fromPromise } from "xstate";
import type { Stage } from "./decide.ts";
import { machine } from "./machine.ts";
import type { Verdict } from "./status.ts";

/** What a pod's machine needs done. */
export interface PodPorts {
  admit(): Verdict | undefined;
  prepare(signal: AbortSignal): Promise<void>;
  terminate(verdict: Verdict | undefined, signal: AbortSignal): Promise<void>;
  remove(signal: AbortSignal): Promise<void>;
  look(): Stage;
  perform(): void;
  report(): void;
  backOff(failures: number): void;
  succeeded(): boolean;
}

/** The pod's machine over its ports. */
export const podMachine = (ports: PodPorts) =>
  machine.provide({
    actors: {
      admit: fromPromise(async () => ports.admit()),
      prepare: fromPromise(({ signal }) => ports.prepare(signal)),
      terminate: fromPromise(({ input, signal }) => ports.terminate(input.verdict, signal)),
      remove: fromPromise(({ signal }) => ports.remove(signal)),
    },
    actions: {
      look: assign({ stage: () => ports.look() }),
      perform: () => ports.perform(),
      report: () => ports.report(),
      backOff: (_args, { failures }) => ports.backOff(failures),
    },
    guards: { succeeded: () => ports.succeeded() },
  });

// Joins the kubelet's machine to what carries it out.
import { fromPromise } from "xstate";
import { backoffMs } from "#lib/backoff.ts";
import type { Random } from "#lib/random.ts";
import { machine } from "./machine.ts";

/** What a kubelet's machine needs done. */
export interface NodePorts {
  recover(signal: AbortSignal): Promise<void>;
  register(signal: AbortSignal): Promise<void>;
  sync(signal: AbortSignal): Promise<void>;
  renewLease(signal: AbortSignal): Promise<void>;
  report(signal: AbortSignal): Promise<void>;
  relieve(): Promise<void>;
  drain(signal: AbortSignal): Promise<void>;
  takePods(): void;
  complain(error: unknown): void;
}

const BACKOFF = { baseMs: 200, maxMs: 7_000 };

/** The kubelet's machine over its ports. */
export const kubeletMachine = (ports: NodePorts, random: Random) =>
  machine.provide({
    actors: {
      recover: fromPromise(({ signal }) => ports.recover(signal)),
      register: fromPromise(({ signal }) => ports.register(signal)),
      sync: fromPromise(({ signal }) => ports.sync(signal)),
      renewLease: fromPromise(({ signal }) => ports.renewLease(signal)),
      report: fromPromise(({ signal }) => ports.report(signal)),
      relieve: fromPromise(() => ports.relieve()),
      drain: fromPromise(({ signal }) => ports.drain(signal)),
    },
    actions: { takePods: () => ports.takePods(), complain: (_args, { error }) => ports.complain(error) },
    delays: { backoffMs: ({ context }) => backoffMs(BACKOFF, Math.max(1, context.failures), random) },
  });

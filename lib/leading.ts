// The actor of a component that works only while it leads: a controller, the scheduler. It says when; what the work is
// and what its keys are about it is told.
import { createActor, fromPromise } from "xstate";
import type { Clock } from "./clock.ts";
import { controllerMachine } from "./controller-machine.ts";
import type { Inspector } from "./inspect.ts";
import type { Logger } from "./log.ts";

/** What the keys are about: one is in hand; none is, but some wait for another try; neither. */
export type Phase = "settled" | "taken" | "failing";

const EVENTS = { settled: "keys.settled", taken: "keys.taken", failing: "keys.failing" } as const satisfies Record<Phase, string>;

/** What a leader does. */
export type Work = {
  /** Resolves when everything that is read has been seen once. */
  readonly sync: () => Promise<void>;
  /** Works until the signal is aborted, which is when it leads no more. */
  readonly work: (signal: AbortSignal) => Promise<void>;
};

export type LeadingHost = { readonly clock: Clock; readonly logger: Logger; readonly inspect?: Inspector | undefined };

/** A component that works while it leads. */
export type Leading = {
  /** Reads from now on; stops when the signal is aborted. */
  readonly start: (signal: AbortSignal) => void;
  readonly lead: (leading: boolean) => void;
  /** Shows what the keys are about; nothing happens when that is shown already. */
  readonly tell: (phase: Phase) => void;
};

/** @param name the actor's, in logs and inspection */
export const createLeading = (name: string, { sync, work }: Work, { clock, logger, inspect }: LeadingHost): Leading => {
  let shown: Phase = "settled";
  const begin = (signal: AbortSignal): Promise<void> => {
    shown = "settled"; // the state that `leading` is entered in
    return work(signal);
  };
  const machine = controllerMachine.provide({
    actors: { sync: fromPromise(sync), work: fromPromise(({ signal }) => begin(signal)) },
    actions: { report: (_, { error }) => logger("error", "controller broke", { controller: name, error }) },
  });
  const actor = createActor(machine, { id: name, clock, ...(inspect === undefined ? {} : { inspect }) });
  return {
    start: (signal) => {
      signal.addEventListener("abort", () => actor.stop(), { once: true });
      actor.start();
    },
    lead: (leading) => actor.send({ type: leading ? "leader.elected" : "leader.lost" }),
    tell: (phase) => {
      if (phase !== shown) actor.send({ type: EVENTS[phase] });
      shown = phase;
    },
  };
};

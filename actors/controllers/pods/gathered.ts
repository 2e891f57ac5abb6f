// Many changes that ask for one look: keys are held back for a moment.
import type { Clock } from "#lib/clock.ts";
import type { KeySource } from "#lib/controller.ts";
import { DelayQueue } from "#lib/delay-queue.ts";

/** How long changes of pods are gathered before endpoints are written. */
const GATHER_MS = 25;

/** Gives each key a moment later, once for all its changes within that moment. */
export const gathered =
  (source: KeySource, clock: Clock, gatherMs: number = GATHER_MS): KeySource =>
  (enqueue) => {
    const waiting = new DelayQueue<string>(clock, enqueue);
    const unsubscribe = source((key) => waiting.setSooner(key, clock.now() + gatherMs));
    return () => {
      unsubscribe();
      waiting.clear();
    };
  };

// How long to wait after failures: doubling, capped, and spread so that many clients do not come back together.
import type { Random } from "./random.ts";

export type Backoff = { readonly baseMs: number; readonly maxMs: number };

/** The wait after the `failures`-th failure in a row (1 is the first), in milliseconds: between half and the whole of the step. */
export const backoffMs = ({ baseMs, maxMs }: Backoff, failures: number, random: Random): number => {
  const step = Math.min(baseMs * 2 ** (failures - 1), maxMs);
  return Math.round(step * (0.5 + random.next() / 2));
};

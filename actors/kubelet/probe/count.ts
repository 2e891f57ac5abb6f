// When answers in a row become a verdict. Pure. upstream: pkg/kubelet/prober/worker.go doProbe
import type { V1Probe } from "#api/generated/types.ts";
import type { ProbeKind } from "../pod/facts.ts";

/** The latest answer, and how many like it came in a row. */
export type Run = { readonly passes: boolean; readonly length: number };

/** The run after one more answer. */
export const extend = (run: Run | undefined, passes: boolean): Run => ({ passes, length: run?.passes === passes ? run.length + 1 : 1 });

/** What the run proves; undefined: it is too short. */
export const verdictOf = ({ passes, length }: Run, { failureThreshold = 3, successThreshold = 1 }: V1Probe): boolean | undefined =>
  length >= (passes ? successThreshold : failureThreshold) ? passes : undefined;

const FIRST_MS = 250;

/**
 * How long to wait for the next question, in milliseconds. A container that is not ready yet is asked more often than its
 * period, as upstream's documentation allows, so that it is ready sooner.
 */
export const delayMs = (kind: ProbeKind, { periodSeconds = 10 }: V1Probe, everPassed: boolean, asked: number): number => {
  const periodMs = periodSeconds * 1000;
  return kind === "readiness" && !everPassed ? Math.min(periodMs, FIRST_MS * 2 ** (asked - 1)) : periodMs;
};

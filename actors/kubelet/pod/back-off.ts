// Waiting before something is tried again: 10 s, doubling to 5 min, anew after 10 min without a failure. Pure.
// upstream: client-go/util/flowcontrol/backoff.go, pkg/kubelet/kubelet.go MaxCrashLoopBackOff

/** How long to wait, and the instant when it was last lengthened. */
export type BackOff = { readonly delayMs: number; readonly at: number };

const INITIAL_MS = 10_000;
const MAX_MS = 300_000;

/** False when the back-off was lengthened so long before `at` that it no longer counts. */
const counts = (backOff: BackOff, at: number): boolean => at - backOff.at <= 2 * MAX_MS;

/** The wait that a failure at `at` has to keep, in milliseconds. */
export const waitMs = (backOff: BackOff | undefined, at: number): number =>
  backOff !== undefined && counts(backOff, at) ? backOff.delayMs : 0;

/** The back-off after one more try at `now` that follows a failure at `failedAt`. */
export const lengthen = (backOff: BackOff | undefined, failedAt: number, now: number): BackOff => ({
  delayMs: backOff !== undefined && counts(backOff, failedAt) ? Math.min(backOff.delayMs * 2, MAX_MS) : INITIAL_MS,
  at: now,
});

/** A wait as Go prints it: `10s`, `1m20s`, `5m0s`. */
export const goDuration = (ms: number): string => {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
};

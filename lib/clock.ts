// The port for time. Nothing else in api/, lib/, actors/ or addons/ reads a clock or sets a timer, so a whole control
// plane can run on a simulated one.

/** A timer's handle; opaque. */
export type TimerId = unknown;

/** Time. Structurally an XState `Clock` too, so it can be given to `createActor(machine, { clock })`. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `fn` once, `delayMs` from now. `delayMs` is at most 2^31-1: longer waits belong in a delay queue. */
  setTimeout(fn: () => void, delayMs: number): TimerId;
  clearTimeout(id: TimerId): void;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (fn, delayMs) => setTimeout(fn, delayMs),
  clearTimeout: (id) => clearTimeout(id as NodeJS.Timeout),
};

/** Resolves after `ms` on `clock`. Throws: the signal's reason when it is aborted first. */
export const sleep = (clock: Clock, ms: number, signal?: AbortSignal): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
  const abort = (): void => {
    clock.clearTimeout(timer);
    reject(signal?.reason as Error);
  };
  const timer = clock.setTimeout(() => {
    signal?.removeEventListener("abort", abort);
    resolve();
  }, ms);
  signal?.addEventListener("abort", abort, { once: true });
  return promise;
};

/** An instant as Kubernetes writes `metav1.Time`: RFC 3339, whole seconds, UTC. */
export const toTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** An instant as Kubernetes writes `metav1.MicroTime`. */
export const toMicroTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 23)}000Z`;

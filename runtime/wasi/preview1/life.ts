// What a guest's host functions need of whoever runs the guest: its turn on the thread, waiting, and its end.

/** Something that may become ready while a guest waits. */
export type Watch = {
  /** Calls `fn` once it may be ready; the answer stops watching. */
  watch(fn: () => void): () => void;
};

/** The life of one guest on its thread. */
export interface Life {
  /** The guest has made its host work: takes `units`, about a nanosecond each, from what it may still spend in this turn. */
  charge(units: number): void;
  /** Waits until one of `watched` is ready or `delayMs` (undefined: for ever) have gone by. False: the guest is to end. */
  wait(delayMs: number | undefined, watched: readonly Watch[]): Promise<boolean>;
  /** Lets the other guests of the thread run. False: the guest is to end. */
  yield(): Promise<boolean>;
  /** What the guest has used of its thread so far. */
  cpuNanos(): bigint;
  /** The guest ends by itself. */
  exit(code: number): void;
}

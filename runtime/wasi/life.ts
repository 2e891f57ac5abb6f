// What a guest's host functions need of whoever runs the guest: its turn on the thread, waiting, and its end.

/** Something that may become ready while a guest waits. */
export type Watch = {
  /** Calls `fn` once it may be ready; the answer stops watching. */
  watch(fn: () => void): () => void;
};

/** The life of one guest on its thread, or of one of its stacks. */
export interface Life {
  /** The guest has made its host work: takes `units`, about a nanosecond each, from what it may still spend in this turn. */
  charge(units: number): void;
  /** The guest has written to its log. After a flood it has to rest. */
  logged(bytes: number): void;
  /** Calls into the guest from the midst of a host function, where it cannot be suspended. */
  aside<Result>(call: () => Result): Result;
  /** Waits until one of `watched` is ready or `delayMs` (undefined: for ever) have gone by. False: the guest is to end. */
  wait(delayMs: number | undefined, watched: readonly Watch[]): Promise<boolean>;
  /** Lets the other guests of the thread run. False: the guest is to end. */
  yield(): Promise<boolean>;
  /** What the guest has used of its thread so far. */
  cpuNanos(): bigint;
  /** The guest ends by itself. */
  exit(code: number): void;
}

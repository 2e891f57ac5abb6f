/** What one write of an object has been given. It goes back when the allocation is disposed of, unless the write was done. */
export type Allocation = AsyncDisposable & {
  /** The write is done: what it was given is the object's, and what the object has no longer goes back. */
  readonly keep: () => Promise<void>;
};

const nothing = (): Promise<void> => Promise.resolve();

/** Of an object that is given nothing. */
export const NO_ALLOCATION: Allocation = { keep: nothing, [Symbol.asyncDispose]: nothing };

// Answers that are ready in one turn of the event loop are sent together when it ends: the first wakes the client's process,
// which costs more than most answers do, and the others find it awake. Nobody waits longer, since the loop reads first.
let ending: Promise<void> | undefined;

/** Resolves when this turn of the event loop has read all that was there, for all who ask in it. */
export const endOfTurn = (): Promise<void> => {
  ending ??= new Promise((resolve) =>
    setImmediate(() => {
      ending = undefined;
      resolve();
    }),
  );
  return ending;
};

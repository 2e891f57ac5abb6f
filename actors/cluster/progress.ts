// What `orrery up` says while it starts: a line for each step, with the time it took.

/** Says what was done, and how long it took since the last line. */
export type Progress = (what: string, detail?: string) => void;

/** Lines such as `  ✓ nats-server      2.9.10 on 127.0.0.1:4222            84 ms`. */
export const createProgress = (now: () => number, write: (text: string) => void): Progress => {
  let last = now();
  return (what, detail = "") => {
    const at = now();
    write(`  ✓ ${what.padEnd(18)} ${detail.padEnd(52)} ${String(Math.round(at - last)).padStart(6)} ms\n`);
    last = at;
  };
};

// Waiting for work that is done outside of virtual time: keys and signatures are made by threads of the real machine.
import { settled, type SimulatedClock } from "./simulated-clock.ts";

const MOST_REAL_MS = 20_000;
const STEP_MS = 1_000;
const STEPS = 60;

/** What `read` answers once it answers something; up to a minute of virtual time goes by. Throws: when it never does. */
export const eventually = async <T>(clock: SimulatedClock, read: () => Promise<T | undefined>): Promise<T> => {
  const until = performance.now() + MOST_REAL_MS;
  for (let step = 0; performance.now() < until; step++) {
    const found = await read();
    if (found !== undefined) return found;
    if (step < STEPS) await clock.advance(STEP_MS);
    else await settled();
  }
  throw new Error("it never became so");
};

// One seed, played out and judged.
import { rollout } from "./rollout.ts";
import { Violation, World, type WorldOptions } from "./world.ts";

export type Outcome = {
  readonly seed: number;
  /** Undefined: every invariant held, and the cluster converged. */
  readonly failure: string | undefined;
  readonly digest: string;
  readonly steps: number;
  readonly virtualMs: number;
  readonly tail: readonly string[];
};

/** Plays a seed out. */
export const simulate = async (seed: number, options?: WorldOptions): Promise<Outcome> => {
  const world = new World(seed, options);
  const startedAt = world.clock.now();
  const failure = await rollout(world).then(
    () => undefined,
    (error: unknown) => (error instanceof Violation ? error.message : String(error instanceof Error ? error.stack : error)),
  );
  const { clock, log, steps } = world;
  return { seed, failure, digest: log.digest(), steps, virtualMs: clock.now() - startedAt, tail: log.tail() };
};

// What goes wrong in a simulation, and when: drawn once from the seed, then it happens. Every fault ends, so that a cluster
// must converge afterwards.
import type { Random } from "#lib/random.ts";
import { between, chance, oneOf, streamOf } from "./draw.ts";
import { FAIR } from "./network.ts";
import type { World } from "./world.ts";

/** How the store behaves; the seed changes it. */
export type StoreWeather = { delayMs: number; loss: number };

export type FaultOptions = {
  /** Processes that may crash, be cut off or get a wrong clock. */
  readonly victims: readonly string[];
  /** Those that may stand still: they hear of the world by clock and connections alone. */
  readonly managers: readonly string[];
  readonly store: StoreWeather;
  /** Milliseconds in which faults begin, and their number. */
  readonly withinMs: number;
  readonly count: number;
  /** Told of each crash, to take more with it. */
  readonly onCrash?: (victim: string, random: Random) => void;
};

/** How long an ambush lasts, milliseconds. */
const AMBUSH_MS = 5_000;

type Fault = { readonly what: string; readonly begin: () => void; readonly end: () => void };

/** Lets the seed's faults happen from now on, an ambush first, since bindings are rare. The answer tells when all are over. */
export const plague = (world: World, options: FaultOptions): { readonly isOver: () => boolean } => {
  const random = streamOf(world.seed, `faults/${world.clock.now()}`);
  let left = options.count;
  for (let i = 0; i < options.count; i++) {
    const fault = i === 0 ? ambush(world, between(random, 500, 5_000)) : draw(world, options, random);
    const lengthMs = between(random, 100, 40_000);
    world.clock.setTimeout(
      () => {
        world.log.write(world.clock.now(), "fault", `${fault.what} for ${lengthMs} ms`);
        fault.begin();
        world.clock.setTimeout(() => {
          world.log.write(world.clock.now(), "fault", `${fault.what} ends`);
          fault.end();
          left--;
        }, lengthMs);
      },
      i === 0 && chance(random, 0.5) ? 0 : between(random, 0, options.withinMs),
    );
  }
  return { isOver: () => left === 0 };
};

const draw = (world: World, options: FaultOptions, random: Random): Fault => {
  const { victims, managers, store, onCrash } = options;
  const victim = oneOf(random, victims);
  const kinds: readonly (() => Fault)[] = [
    () => crash(world, victim, () => onCrash?.(victim, random)),
    () => crash(world, victim, () => onCrash?.(victim, random)),
    () => partition(world, victim),
    () => wrongClock(world, victim, between(random, -60_000, 60_000)),
    () => weather(world, random),
    () => weather(world, random),
    () => storeTrouble(store, random),
    () => slowLink(world, victim, between(random, 500, 5_000)),
    () => standstill(world, oneOf(random, managers), chance(random, 0.5)),
    () => ambush(world, between(random, 500, 5_000)),
  ];
  return oneOf(random, kinds)();
};

const processOf = (world: World, name: string) => {
  const process = world.processes.get(name);
  if (process === undefined) throw new Error(`no process ${name}`);
  return process;
};

const crash = (world: World, name: string, andThen: () => void): Fault => ({
  what: `crash of ${name}`,
  begin: () => {
    processOf(world, name).crash();
    andThen();
  },
  end: () => processOf(world, name).start(),
});

const partition = ({ network }: World, name: string): Fault => ({
  what: `partition of ${name}`,
  begin: () => network.cut(name),
  end: () => network.heal(name),
});

/** Everything comes late, later than anybody waits, and out of order but for what belongs together. */
const slowLink = ({ network }: World, name: string, meanMs: number): Fault => ({
  what: `link of ${name} slow by ${meanMs} ms`,
  begin: () => network.slow(name, meanMs),
  end: () => network.slow(name, undefined),
});

/** It wakes up believing that it still is what it was. */
const standstill = (world: World, name: string, timersFirst: boolean): Fault => {
  let resume: ((timersFirst: boolean) => void) | undefined;
  return {
    what: `standstill of ${name}`,
    begin: () => (resume = processOf(world, name).pause()),
    end: () => resume?.(timersFirst),
  };
};

/** The next bindings arrive, but whoever sent them is told that his connection broke, and for a while hears of all else late. */
const ambush = (world: World, meanMs: number): Fault => {
  const { clock, network } = world;
  let victim: string | undefined;
  let disarm = (): void => undefined;
  const strike = (process: string): void => {
    victim = process;
    network.slow(process, meanMs);
    clock.setTimeout(() => {
      disarm();
      network.slow(process, undefined);
    }, AMBUSH_MS);
  };
  return {
    what: `ambush of who binds, then slow by ${meanMs} ms`,
    begin: () => {
      disarm = world.onSend((process, { subresource }) => {
        if (subresource !== "binding") return false;
        if (victim === undefined) strike(process);
        return process === victim;
      });
    },
    end: () => {
      if (victim === undefined) disarm();
    },
  };
};

const wrongClock = (world: World, name: string, byMs: number): Fault => ({
  what: `clock of ${name} off by ${byMs} ms`,
  begin: () => void (processOf(world, name).skewMs += byMs),
  end: () => void (processOf(world, name).skewMs -= byMs),
});

const weather = ({ network }: World, random: Random): Fault => {
  const bad = {
    delayMs: oneOf(random, [1, 20, 200]),
    loss: chance(random, 0.5) ? 0.02 : 0,
    doubling: chance(random, 0.5) ? 0.05 : 0,
    reordering: chance(random, 0.3) ? 0.01 : 0,
  };
  return {
    what: `weather ${JSON.stringify(bad)}`,
    begin: () => void (network.weather = bad),
    end: () => void (network.weather = FAIR),
  };
};

const storeTrouble = (store: StoreWeather, random: Random): Fault => {
  const bad = { delayMs: oneOf(random, [5, 100]), loss: oneOf(random, [0, 0.1, 0.5]) };
  return {
    what: `store ${JSON.stringify(bad)}`,
    begin: () => void Object.assign(store, bad),
    end: () => void Object.assign(store, { delayMs: 0, loss: 0 }),
  };
};

// A runtime for simulations: the real books of sandboxes and containers over an engine of timers. Everything that is not
// decided by the caller comes from its clock and its random source, so a run repeats itself.
import type { Clock } from "#lib/clock.ts";
import type { Random } from "#lib/random.ts";
import { createContainers } from "#runtime/containers.ts";
import type { Guest } from "#runtime/engine.ts";
import type { PodAddresses } from "#runtime/node-ports.ts";
import type { ImageError, Runtime } from "#runtime/port.ts";
import { FakeEngine } from "./engine.ts";
import { fakeImages } from "./images.ts";

export type FakeRuntimeOptions = {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: PodAddresses;
  readonly nodeAddress?: string | undefined;
  /** How long a container takes to start, in milliseconds; at once by default. */
  readonly startDelayMs?: (() => number) | undefined;
  /** Why an image cannot be pulled; undefined: it can. */
  readonly pullFault?: ((reference: string) => ImageError | undefined) | undefined;
  /** Why a container cannot be started; undefined: it can. */
  readonly startFault?: ((guest: Guest) => string | undefined) | undefined;
};

/** A runtime whose containers do what their arguments say, and otherwise run until they are stopped; see script.ts. */
export const createFakeRuntime = (options: FakeRuntimeOptions): Runtime => {
  const { clock, random, network, nodeAddress = "127.0.0.1" } = options;
  const startDelayMs = options.startDelayMs ?? (() => 0);
  const engine = new FakeEngine({ clock, startDelayMs, startFault: options.startFault ?? (() => undefined) });
  return createContainers({ engine, images: fakeImages(options.pullFault ?? (() => undefined)), network, nodeAddress, clock, random });
};

// What every component of the control plane is given by its process.
import type { Client } from "./client.ts";
import type { Clock } from "./clock.ts";
import type { Inspector } from "./inspect.ts";
import type { Logger } from "./log.ts";
import type { Random } from "./random.ts";

/** The world of a component: its way to the API, its time, its chance, its voice. */
export type ComponentPorts = {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** XState's inspection hook, for its root actors. */
  readonly inspect?: Inspector | undefined;
};

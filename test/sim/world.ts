// One simulated cluster: virtual time, a network, processes, and watchers that look after every step whether an invariant
// still holds. Everything that happens is a function of the seed.
import type { ApiTransport } from "#lib/api.ts";
import { SimulatedClock, settled } from "#test/support/simulated-clock.ts";
import { streamOf } from "./draw.ts";
import { EventLog } from "./event-log.ts";
import { Network } from "./network.ts";
import { Process, type Life } from "./process.ts";
import { ServerFront } from "./server-front.ts";

/** An invariant does not hold. `invariant` is its name in the architecture: `S2`, `N1`. */
export class Violation extends Error {
  override readonly name = "Violation";
  readonly invariant: string;
  constructor(invariant: string, what: string) {
    super(`${invariant}: ${what}`);
    this.invariant = invariant;
  }
}

/** Looks at the world. Throws: Violation. */
export type Watcher = () => void;

/** Sees what a process sends and gets. */
export type Tap = (process: string, transport: ApiTransport) => ApiTransport;

export class World {
  readonly seed: number;
  readonly clock = new SimulatedClock();
  readonly log: EventLog;
  readonly network: Network;
  readonly server = new ServerFront("api-server");
  readonly processes = new Map<string, Process>();
  readonly #watchers: Watcher[] = [];
  readonly #taps: Tap[] = [];
  #violation: Violation | undefined;
  #steps = 0;

  constructor(seed: number, echo?: (line: string) => void) {
    this.seed = seed;
    this.log = new EventLog(this.clock.now(), echo);
    this.network = new Network(this.clock, streamOf(seed, "network"));
  }

  get steps(): number {
    return this.#steps;
  }

  process(name: string, boot: (life: Life) => void): Process {
    const made = new Process(this, name, boot);
    this.processes.set(name, made);
    return made;
  }

  watch(watcher: Watcher): void {
    this.#watchers.push(watcher);
  }

  tap(tap: Tap): void {
    this.#taps.push(tap);
  }

  /** The transport, seen by every tap. */
  observe(process: string, transport: ApiTransport): ApiTransport {
    return this.#taps.reduce((inner, tap) => tap(process, inner), transport);
  }

  /** For what is seen to be wrong in the middle of a step. */
  violated(violation: Violation): void {
    this.#violation ??= violation;
  }

  /** Lets time pass until `reached` holds, at most `limitMs`. False: it did not. Throws: Violation. */
  async until(reached: () => boolean, limitMs: number): Promise<boolean> {
    const limit = this.clock.now() + limitMs;
    while (!reached()) {
      const at = this.clock.nextAt();
      if (at === undefined || at > limit) return false;
      this.clock.step();
      this.#steps++;
      await settled();
      this.#look();
    }
    return true;
  }

  /** Lets `ms` pass. Throws: Violation. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    let isOver = false;
    this.clock.setTimeout(() => (isOver = true), end - this.clock.now());
    await this.until(() => isOver, ms);
  }

  #look(): void {
    for (const watcher of this.#watchers) watcher();
    if (this.#violation !== undefined) throw this.#violation;
  }
}

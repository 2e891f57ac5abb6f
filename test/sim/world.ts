// One simulated cluster: virtual time, a network, processes, and watchers that look after every step whether an invariant
// still holds. Everything that happens is a function of the seed.
import { failure } from "#api/meta/status.ts";
import type { ApiRequest, ApiTransport, User } from "#lib/api.ts";
import { SimulatedClock, settled } from "#test/support/simulated-clock.ts";
import { streamOf } from "./draw.ts";
import { EventLog } from "./event-log.ts";
import { Network } from "./network.ts";
import { Process, type Life } from "./process.ts";
import type { Sabotage } from "./sabotage.ts";
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

/** Called when a process has sent a request. True: its connection breaks, and it is told so at once. */
type SendListener = (process: string, request: ApiRequest) => boolean;

/** What a world may be given beside its seed: `echo` gets every line of its log. */
export type WorldOptions = { readonly echo?: ((line: string) => void) | undefined; readonly sabotage?: Sabotage | undefined };

/** Sees what a process sends and gets, over one of its connections. */
export type Tap = (process: string, transport: ApiTransport) => ApiTransport;

export class World {
  readonly seed: number;
  readonly sabotage: Sabotage;
  readonly clock = new SimulatedClock();
  readonly log: EventLog;
  readonly network: Network;
  readonly server = new ServerFront("api-server");
  readonly processes = new Map<string, Process>();
  readonly #watchers: Watcher[] = [];
  readonly #taps: Tap[] = [];
  readonly #sendListeners = new Set<SendListener>();
  #violation: Violation | undefined;
  #steps = 0;

  constructor(seed: number, { echo, sabotage = {} }: WorldOptions = {}) {
    this.seed = seed;
    this.sabotage = sabotage;
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

  /** Calls the listener for every request that a process has sent. The answer ends that. */
  onSend(listener: SendListener): () => void {
    this.#sendListeners.add(listener);
    return () => void this.#sendListeners.delete(listener);
  }

  /** The transport, seen by every tap, and beyond them what sabotage makes of it. */
  observe(process: string, user: User, transport: ApiTransport): ApiTransport {
    const told: ApiTransport = {
      request: (request, signal) => {
        const answer = transport.request(request, signal);
        if (![...this.#sendListeners].some((listener) => listener(process, request))) return answer;
        answer.catch(() => undefined);
        return Promise.reject(failure("ServiceUnavailable", "the connection was lost"));
      },
      stream: (request, onFrame, signal) => transport.stream(request, onFrame, signal),
      close: () => transport.close(),
    };
    const tapped = this.#taps.reduce((inner, tap) => tap(process, inner), told);
    return this.sabotage.transport?.(tapped, user) ?? tapped;
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

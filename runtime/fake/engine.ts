// An engine for simulations: guests are timers.
import type { Clock, TimerId } from "#lib/clock.ts";
import type { Engine, Exit, Guest, Running, Watcher } from "#runtime/engine.ts";
import { argsOf } from "#runtime/guest.ts";
import { scriptOf, type Step } from "./script.ts";

const KILLED: Exit = { code: 137, reason: "Error" };
const TERMINATED: Exit = { code: 143, reason: "Error" };
const MOST_DELAY_MS = 2 ** 31 - 1;

class FakeGuest implements Running {
  readonly #clock: Clock;
  readonly #watcher: Watcher;
  readonly #steps: Step[];
  #timer: TimerId;
  #hears = false;
  #isAsked = false;
  #hasEnded = false;

  constructor(clock: Clock, steps: readonly Step[], watcher: Watcher) {
    this.#clock = clock;
    this.#steps = [...steps];
    this.#watcher = watcher;
  }

  /** Starts after `delayMs`. */
  start(delayMs: number): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#watcher.started();
      this.#next();
    }, delayMs);
  }

  stop(): void {
    this.#isAsked = true;
    if (this.#hears) this.#end(TERMINATED);
  }

  kill(): void {
    this.#end(KILLED);
  }

  async cpuNanos(): Promise<undefined> {
    return undefined;
  }

  #next(): void {
    const step = this.#steps.shift();
    if (step === undefined || this.#hasEnded) return;
    if (step.do === "end") this.#end(step.exit);
    else if (step.hears && this.#isAsked) this.#end(TERMINATED);
    else this.#wait(step.ms, step.hears);
  }

  #wait(ms: number, hears: boolean): void {
    this.#hears = hears;
    if (ms === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#clock.setTimeout(
      () => {
        this.#hears = false;
        this.#next();
      },
      Math.min(ms, MOST_DELAY_MS),
    );
  }

  #end(exit: Exit): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#clock.clearTimeout(this.#timer);
    this.#watcher.exited(exit);
  }
}

export type FakeEngineOptions = {
  readonly clock: Clock;
  /** How long a start takes, in milliseconds. */
  readonly startDelayMs: () => number;
  /** Why the guest cannot be started; undefined: it can. */
  readonly startFault: (guest: Guest) => string | undefined;
};

/** Runs nothing, but says that it does. */
export class FakeEngine implements Engine {
  readonly #options: FakeEngineOptions;
  readonly #running = new Set<FakeGuest>();

  constructor(options: FakeEngineOptions) {
    this.#options = options;
  }

  handles(): boolean {
    return true;
  }

  async prepare(): Promise<void> {
    // there is nothing to make ready
  }

  async start(guest: Guest, watcher: Watcher): Promise<Running> {
    const { clock, startDelayMs, startFault } = this.#options;
    const fault = startFault(guest);
    if (fault !== undefined) throw new Error(fault);
    const fake: FakeGuest = new FakeGuest(clock, scriptOf(argsOf(guest.config, guest.program).slice(1)), {
      started: () => watcher.started(),
      failed: (message) => watcher.failed(message),
      exited: (exit) => {
        this.#running.delete(fake);
        watcher.exited(exit);
      },
    });
    this.#running.add(fake);
    fake.start(startDelayMs());
    return fake;
  }

  async forget(): Promise<void> {
    // there is nothing on the node
  }

  /** Every guest ends, as when its process does. */
  async close(): Promise<void> {
    for (const guest of this.#running) guest.kill();
  }
}

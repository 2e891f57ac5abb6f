// One guest's share of its thread. A guest runs until its fuel is spent or it waits; then the event loop goes round, and
// with it every other guest of the thread gets its turn.
//
// T1 the CPU of a guest is the time between being let run and giving the thread back; nothing is sampled.
// T2 a guest with a CPU limit that has used more than its share rests until it is even again (a bucket of 100 ms, as CFS).
// T3 once asked to stop, a guest ends where it waits; once asked to die, at its next turn.
import type { Life, Watch } from "#runtime/wasi/preview1/life.ts";
import { USAGE } from "#runtime/engine.ts";

// A turn is meant to take so long; how much fuel that is, is learned.
const TURN_MS = 2;
const FUEL = { first: 100_000, least: 20_000, most: 2_000_000 } as const;

// What CPU a guest with a limit may use at once after it rested. upstream: the CFS quota period
const PERIOD_MS = 100;

// What a guest may write to its log: so much at once, and then as much each second.
const LOG_BYTES = 16 * 1024 * 1024;

const MOST_DELAY_MS = 2 ** 31 - 1;

/** The fuel that a metered guest runs on. */
export type Fuel = { value: number };

export type TurnsConfig = {
  readonly cpuLimitMilli: number | undefined;
  readonly usage: Float64Array;
  readonly memoryBytes: () => number;
};

/** An allowance that fills with time. What is taken above it has to be waited for. */
class Allowance {
  readonly #most: number;
  readonly #perMs: number;
  #left: number;
  #at = performance.now();

  constructor(most: number, perMs: number) {
    this.#most = most;
    this.#perMs = perMs;
    this.#left = most;
  }

  take(amount: number): void {
    this.#fill();
    this.#left -= amount;
  }

  /** How long until nothing is owed, in milliseconds. */
  get debtMs(): number {
    this.#fill();
    return Math.max(0, -this.#left / this.#perMs);
  }

  #fill(): void {
    const now = performance.now();
    this.#left = Math.min(this.#most, this.#left + (now - this.#at) * this.#perMs);
    this.#at = now;
  }
}

/** The life of a guest that takes turns with others. */
export class Turns implements Life {
  readonly #config: TurnsConfig;
  #fuel: Fuel | undefined;
  #quantum: number = FUEL.first;
  #runningSince = performance.now();
  #usedMs = 0;
  readonly #cpuMs: Allowance | undefined;
  readonly #logBytes = new Allowance(LOG_BYTES, LOG_BYTES / 1000);
  #asked: "nothing" | "to stop" | "to die" = "nothing";
  #wake: () => void = () => undefined;
  #code: number | undefined;

  constructor(config: TurnsConfig) {
    this.#config = config;
    const share = config.cpuLimitMilli === undefined ? undefined : config.cpuLimitMilli / 1000;
    this.#cpuMs = share === undefined ? undefined : new Allowance(PERIOD_MS * share, share);
  }

  get asked(): "nothing" | "to stop" | "to die" {
    return this.#asked;
  }

  /** The code that the guest ended with, when it gave one. */
  get code(): number | undefined {
    return this.#code;
  }

  /** Lets the guest run; `fuel` is what it spends, if it is metered. */
  begin(fuel: Fuel | undefined): void {
    this.#fuel = fuel;
    this.#config.usage[USAGE.memoryBytes] = this.#config.memoryBytes();
    this.#resume();
  }

  /** The guest runs no more. */
  end(): void {
    this.#pause();
  }

  /** Asks the guest to stop: it ends when it next waits. */
  stop(): void {
    if (this.#asked === "nothing") this.#asked = "to stop";
    this.#wake();
  }

  /** The guest ends at its next turn. */
  kill(): void {
    this.#asked = "to die";
    this.#wake();
  }

  exit(code: number): void {
    this.#code = code;
  }

  cpuNanos(): bigint {
    return BigInt(Math.round((this.#usedMs + performance.now() - this.#runningSince) * 1e6));
  }

  charge(units: number): void {
    if (this.#fuel !== undefined) this.#fuel.value = Math.max(-FUEL.most, this.#fuel.value - units);
  }

  /** The guest has written to its log. After a flood it has to rest. */
  logged(bytes: number): void {
    this.#logBytes.take(bytes);
    if (this.#logBytes.debtMs > 0) this.charge(FUEL.most);
  }

  async wait(delayMs: number | undefined, watched: readonly Watch[]): Promise<boolean> {
    this.#pause();
    if (this.#asked === "nothing") await this.#sleep(delayMs, watched);
    if (this.#asked === "nothing" && this.#debtMs > 0) await this.#sleep(this.#debtMs, []);
    this.#resume();
    return this.#asked === "nothing";
  }

  async yield(): Promise<boolean> {
    const tookMs = performance.now() - this.#runningSince;
    this.#pause();
    const factor = Math.min(2, Math.max(0.5, TURN_MS / tookMs));
    this.#quantum = Math.min(FUEL.most, Math.max(FUEL.least, Math.round(this.#quantum * factor)));
    if (this.#debtMs > 0) await this.#sleep(this.#debtMs, []);
    else await new Promise((resolve) => setImmediate(resolve));
    this.#resume();
    return this.#asked !== "to die";
  }

  #sleep(delayMs: number | undefined, watched: readonly Watch[]): Promise<void> {
    return new Promise((resolve) => {
      const timer = delayMs === undefined ? undefined : setTimeout(() => this.#wake(), Math.max(0, Math.min(delayMs, MOST_DELAY_MS)));
      const unwatch = watched.map((each) => each.watch(() => this.#wake()));
      this.#wake = () => {
        this.#wake = () => undefined;
        clearTimeout(timer);
        for (const stop of unwatch) stop();
        resolve();
      };
    });
  }

  // How long the guest has to rest for what it used above its limits.
  get #debtMs(): number {
    return Math.max(this.#cpuMs?.debtMs ?? 0, this.#logBytes.debtMs);
  }

  #pause(): void {
    const ranMs = performance.now() - this.#runningSince;
    this.#usedMs += ranMs;
    this.#cpuMs?.take(ranMs);
    this.#config.usage[USAGE.cpuNanos] = Math.round(this.#usedMs * 1e6);
    this.#config.usage[USAGE.memoryBytes] = this.#config.memoryBytes();
  }

  #resume(): void {
    this.#runningSince = performance.now();
    if (this.#fuel !== undefined) this.#fuel.value = this.#quantum;
  }
}

// One stack's share of its thread. It runs until its fuel is spent or it waits; then the event loop goes round, and with it
// every other guest of the thread gets its turn. What is made of several modules has fuel in each; the first of them to be
// spent ends the turn.
//
// T1 the CPU of a guest is the time between being let run and giving the thread back; nothing is sampled.
// T2 a guest that has used more than its share rests until it is even again.
// T3 once asked to stop, a guest ends where it waits; once asked to die, at its next turn. It does not wait twice.
import type { Life, Watch } from "#runtime/wasi/life.ts";
import type { Ledger } from "./account.ts";

// A turn is meant to take so long; how much fuel that is, is learned.
const TURN_MS = 2;
const FUEL = { first: 100_000, least: 20_000, most: 2_000_000 } as const;

// What a guest may spend where it cannot give its thread away: in the midst of one of its host's functions.
const ASIDE_FUEL = 20_000_000;

const MOST_DELAY_MS = 2 ** 31 - 1;

/** The fuel that a metered guest runs on. */
export type Fuel = { value: number };

/** The turns of one stack. */
export class Turns implements Life {
  readonly #account: Ledger;
  readonly #fuels: Fuel[] = [];
  #quantum: number = FUEL.first;
  #runningSince = performance.now();
  #isOver = false;

  constructor(account: Ledger) {
    this.#account = account;
  }

  /** Lets the stack run. */
  begin(): void {
    this.#account.ran(0);
    this.#resume();
  }

  /** The stack spends this `fuel` too, from now on. */
  spend(fuel: Fuel): void {
    this.#fuels.push(fuel);
    fuel.value = this.#quantum;
  }

  /** The stack runs no more. */
  end(): void {
    this.#pause();
  }

  exit(code: number): void {
    this.#account.exit(code);
  }

  cpuNanos(): bigint {
    return BigInt(Math.round((this.#account.usedMs + performance.now() - this.#runningSince) * 1e6));
  }

  charge(units: number): void {
    for (const fuel of this.#fuels) fuel.value = Math.max(-FUEL.most, fuel.value - units);
  }

  logged(bytes: number): void {
    this.#account.logged(bytes);
    if (this.#account.debtMs > 0) this.charge(FUEL.most);
  }

  aside<Result>(call: () => Result): Result {
    const left = this.#fuels.map(({ value }) => value);
    for (const fuel of this.#fuels) fuel.value = ASIDE_FUEL;
    try {
      return call();
    } finally {
      for (const [index, fuel] of this.#fuels.entries()) {
        fuel.value = Math.max(-FUEL.most, (left[index] ?? 0) - (ASIDE_FUEL - fuel.value));
      }
    }
  }

  async wait(delayMs: number | undefined, watched: readonly Watch[]): Promise<boolean> {
    this.#pause();
    if (this.#account.asked === "nothing") await this.#sleep(delayMs, watched);
    if (this.#account.asked === "nothing" && this.#account.debtMs > 0) await this.#sleep(this.#account.debtMs, []);
    this.#isOver ||= this.#account.asked !== "nothing";
    this.#resume();
    return !this.#isOver;
  }

  async yield(): Promise<boolean> {
    const tookMs = performance.now() - this.#runningSince;
    this.#pause();
    const factor = Math.min(2, Math.max(0.5, TURN_MS / tookMs));
    this.#quantum = Math.min(FUEL.most, Math.max(FUEL.least, Math.round(this.#quantum * factor)));
    if (this.#account.debtMs > 0) await this.#sleep(this.#account.debtMs, []);
    else await new Promise((resolve) => setImmediate(resolve));
    this.#isOver ||= this.#account.asked === "to die";
    this.#resume();
    return !this.#isOver;
  }

  // Until something watched is ready, the time is up, or something is asked of the guest.
  #sleep(delayMs: number | undefined, watched: readonly Watch[]): Promise<void> {
    return new Promise((resolve) => {
      const ends: (() => void)[] = [];
      const wake = (): void => {
        for (const end of ends) end();
        resolve();
      };
      if (delayMs !== undefined) {
        const timer = setTimeout(wake, Math.max(0, Math.min(delayMs, MOST_DELAY_MS)));
        ends.push(() => clearTimeout(timer));
      }
      ends.push(this.#account.onAsked(wake), ...watched.map((each) => each.watch(wake)));
    });
  }

  #pause(): void {
    this.#account.ran(performance.now() - this.#runningSince);
  }

  #resume(): void {
    this.#runningSince = performance.now();
    for (const fuel of this.#fuels) fuel.value = this.#quantum;
  }
}

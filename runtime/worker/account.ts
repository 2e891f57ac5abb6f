// What a guest has used and may use: CPU, log, memory. A guest that serves requests has many stacks, all on one account.
import { USAGE } from "#runtime/engine.ts";

// What CPU a guest with a limit may use at once after it rested. upstream: the CFS quota period
const PERIOD_MS = 100;

// What a guest may write to its log: so much at once, and then as much each second.
const LOG_BYTES = 16 * 1024 * 1024;

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

/** What a guest was asked: to end where it waits, or at once. */
export type Asked = "nothing" | "to stop" | "to die";

export type AccountConfig = {
  readonly cpuLimitMilli: number | undefined;
  /** Where the usage is kept for others to read. */
  readonly usage: SharedArrayBuffer;
  /** The memory that the guest has now. */
  readonly memoryBytes: () => number;
};

/** What a stack's turns are put down to. */
export interface Ledger {
  readonly asked: Asked;
  readonly usedMs: number;
  /** How long the guest has to rest for what it used above its limits, in milliseconds. */
  readonly debtMs: number;
  /** The guest ran for `ms`, or its memory may have changed. */
  ran(ms: number): void;
  /** The guest has written to its log. */
  logged(bytes: number): void;
  exit(code: number): void;
  /** Calls `fn` when something is asked of the guest; the answer ends that. */
  onAsked(fn: () => void): () => void;
}

/** The account of one guest. */
export class Account implements Ledger {
  readonly #memoryBytes: () => number;
  readonly #usage: Float64Array;
  readonly #cpuMs: Allowance | undefined;
  readonly #logBytes = new Allowance(LOG_BYTES, LOG_BYTES / 1000);
  readonly #wakers = new Set<() => void>();
  #usedMs = 0;
  #asked: Asked = "nothing";
  #code: number | undefined;

  constructor({ cpuLimitMilli, usage, memoryBytes }: AccountConfig) {
    const share = (cpuLimitMilli ?? 0) / 1000;
    this.#cpuMs = cpuLimitMilli === undefined ? undefined : new Allowance(PERIOD_MS * share, share);
    this.#usage = new Float64Array(usage);
    this.#memoryBytes = memoryBytes;
  }

  get asked(): Asked {
    return this.#asked;
  }

  /** The code that the guest ended with, when it gave one. */
  get code(): number | undefined {
    return this.#code;
  }

  get usedMs(): number {
    return this.#usedMs;
  }

  get debtMs(): number {
    return Math.max(this.#cpuMs?.debtMs ?? 0, this.#logBytes.debtMs);
  }

  ran(ms: number): void {
    this.#usedMs += ms;
    this.#cpuMs?.take(ms);
    this.#usage[USAGE.cpuNanos] = Math.round(this.#usedMs * 1e6);
    this.#usage[USAGE.memoryBytes] = this.#memoryBytes();
  }

  logged(bytes: number): void {
    this.#logBytes.take(bytes);
  }

  exit(code: number): void {
    this.#code ??= code;
  }

  /** Asks the guest to end where it waits. */
  stop(): void {
    if (this.#asked === "nothing") this.#asked = "to stop";
    this.#wakeAll();
  }

  /** Ends the guest at its next turn. */
  kill(): void {
    this.#asked = "to die";
    this.#wakeAll();
  }

  onAsked(fn: () => void): () => void {
    this.#wakers.add(fn);
    return () => void this.#wakers.delete(fn);
  }

  #wakeAll(): void {
    for (const wake of Array.from(this.#wakers)) wake();
  }
}

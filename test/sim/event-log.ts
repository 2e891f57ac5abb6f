// What happened in a simulation, line by line: hashed as a whole, so that two runs of one seed can be compared, and kept at
// its tail, so that a failing seed can be understood.
import { createHash, type Hash } from "node:crypto";

const TAIL = 400;

export class EventLog {
  readonly #hash: Hash = createHash("sha256");
  readonly #tail: string[] = [];
  readonly #startedAt: number;
  readonly #echo: ((line: string) => void) | undefined;
  #lines = 0;

  constructor(startedAt: number, echo?: (line: string) => void) {
    this.#startedAt = startedAt;
    this.#echo = echo;
  }

  get lines(): number {
    return this.#lines;
  }

  /** Adds a line: when (milliseconds of virtual time), who, what. */
  write(now: number, who: string, what: string): void {
    const line = `${((now - this.#startedAt) / 1_000).toFixed(3).padStart(9)} ${who.padEnd(14)} ${what}`;
    this.#hash.update(line).update("\n");
    this.#tail[this.#lines++ % TAIL] = line;
    this.#echo?.(line);
  }

  /** The last lines, oldest first. */
  tail(): readonly string[] {
    const next = this.#lines % TAIL;
    return [...this.#tail.slice(next), ...this.#tail.slice(0, next)];
  }

  /** The hash of all lines so far. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }
}

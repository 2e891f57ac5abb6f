import { seededRandom } from "#lib/random.ts";

/** What chance decides in a run; the same seed decides the same. */
export class Dice {
  readonly #next: () => number;

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.#next = () => random.next();
  }

  /** True once in `times`. */
  oneIn(times: number): boolean {
    return this.#next() * times < 1;
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.#next() * end);
  }

  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new RangeError("nothing to pick from");
    return from[this.below(from.length)] as T;
  }
}

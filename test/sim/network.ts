// The simulated network: messages between two named ends arrive late, sometimes never, twice or out of order, and not at
// all while one end is cut off. What it does at any moment is its `weather`, which the seed changes.
import type { Clock } from "#lib/clock.ts";
import type { Deliver } from "#lib/memory-transport.ts";
import type { Random } from "#lib/random.ts";
import { chance } from "./draw.ts";

/** Probabilities are per message; delays in milliseconds. */
export type Weather = {
  readonly delayMs: number;
  readonly loss: number;
  readonly doubling: number;
  readonly reordering: number;
};

export const FAIR: Weather = { delayMs: 1, loss: 0, doubling: 0, reordering: 0 };

export class Network {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #cut = new Map<string, number>();
  readonly #arrivals = new WeakMap<object, number>();
  readonly #slow = new Map<string, number>();
  weather = FAIR;
  /** Messages that were to be carried, and those that never arrived. */
  readonly counts = { carried: 0, lost: 0 };

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Cuts an end off; cuts add up until each is healed. */
  cut(end: string): void {
    this.#cut.set(end, (this.#cut.get(end) ?? 0) + 1);
  }

  heal(end: string): void {
    const cuts = (this.#cut.get(end) ?? 0) - 1;
    if (cuts > 0) this.#cut.set(end, cuts);
    else this.#cut.delete(end);
  }

  isCut(end: string): boolean {
    return this.#cut.has(end);
  }

  /** Messages from and to an end take so long beside what the weather does; undefined: no longer. */
  slow(end: string, meanMs: number | undefined): void {
    if (meanMs === undefined) this.#slow.delete(end);
    else this.#slow.set(end, meanMs);
  }

  /** The way between two ends, in both directions. */
  link(a: string, b: string): Deliver {
    const isCut = (): boolean => this.#cut.size > 0 && (this.isCut(a) || this.isCut(b));
    const meanMs = (): number => this.weather.delayMs + (this.#slow.get(a) ?? 0) + (this.#slow.get(b) ?? 0);
    return (message, channel) => {
      this.counts.carried++;
      const copies = chance(this.#random, this.weather.doubling) ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        if (isCut() || chance(this.#random, this.weather.loss)) this.counts.lost++;
        else this.#clock.setTimeout(() => (isCut() ? void this.counts.lost++ : message()), this.#delay(channel, meanMs()));
      }
    };
  }

  /** Messages of a channel keep their order, unless the weather is such. */
  #delay(channel: object, meanMs: number): number {
    const now = this.#clock.now();
    const drawn = now + Math.ceil(-Math.log(1 - this.#random.next()) * meanMs);
    if (chance(this.#random, this.weather.reordering)) return drawn - now;
    const arrival = Math.max(drawn, this.#arrivals.get(channel) ?? 0);
    this.#arrivals.set(channel, arrival);
    return arrival - now;
  }
}

// Since when something has looked as it does, by our own clock.
import type { Clock } from "#lib/clock.ts";

/** Remembers of each key what was last seen, and when that was first seen. */
export class Sightings {
  readonly #clock: Clock;
  readonly #seen = new Map<string, { readonly what: string; readonly at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes what is seen now. Answers since when it has been seen without a change, milliseconds since the epoch. */
  note(key: string, what: string): number {
    const seen = this.#seen.get(key);
    if (seen?.what === what) return seen.at;
    const at = this.#clock.now();
    this.#seen.set(key, { what, at });
    return at;
  }

  forget(key: string): void {
    this.#seen.delete(key);
  }
}

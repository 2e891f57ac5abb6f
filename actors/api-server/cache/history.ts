import type { ChangeEvent } from "./change-event.ts";
import type { Entry } from "./entry.ts";

export type HistoryLimits = {
  /** Changes older than this are forgotten, milliseconds. */
  readonly maxAgeMs: number;
  readonly maxEvents: number;
};

/** Dropped events stay at the front of the array until they are this many. */
const COMPACT_AT = 1_024;

/** The recent changes of one resource, in order. It knows every change after `floor`. */
export class History {
  readonly #limits: HistoryLimits;
  #events: ChangeEvent[] = [];
  #head = 0;
  #floor: number;

  constructor(limits: HistoryLimits, floor: number) {
    this.#limits = limits;
    this.#floor = floor;
  }

  /** The revision from which on nothing is forgotten. */
  get floor(): number {
    return this.#floor;
  }

  push(event: ChangeEvent): void {
    this.#events.push(event);
    const oldest = event.at - this.#limits.maxAgeMs;
    const surplus = this.#events.length - this.#limits.maxEvents;
    for (
      let head = this.#events[this.#head];
      head !== undefined && (this.#head < surplus || head.at < oldest);
      head = this.#events[this.#head]
    ) {
      this.#floor = head.revision;
      this.#head++;
    }
    if (this.#head > COMPACT_AT && this.#head * 2 > this.#events.length) this.#compact();
  }

  /** Every change after `revision`, in order; undefined when some of them are forgotten. */
  since(revision: number): readonly ChangeEvent[] | undefined {
    return revision < this.#floor ? undefined : this.#events.slice(this.#after(revision));
  }

  /** How the objects that changed after `revision` stood at it: key → entry, or undefined for those that did not exist. */
  undo(revision: number): ReadonlyMap<string, Entry | undefined> | undefined {
    const events = this.since(revision);
    if (events === undefined) return undefined;
    const then = new Map<string, Entry | undefined>();
    for (const { entry, previous } of events) {
      const place = `${entry.key.namespace}/${entry.key.name}`;
      if (!then.has(place)) then.set(place, previous);
    }
    return then;
  }

  #after(revision: number): number {
    let low = this.#head;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compact(): void {
    this.#events = this.#events.slice(this.#head);
    this.#head = 0;
  }
}

// Virtual time for tests: timers fire when a test advances the clock, in the order of their instants, equal ones in the
// order they were set. Between two timers every promise that can settle has settled.
import type { Clock, TimerId } from "#lib/clock.ts";

type Timer = { readonly dueAt: number; readonly order: number; readonly fn: () => void };

/** Waits until no promise has anything left to do. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that stands still until told. */
export class SimulatedClock implements Clock {
  #now: number;
  #order = 0;
  readonly #heap: Timer[] = [];
  readonly #cancelled = new Set<Timer>();

  constructor(startAt = Date.UTC(2026, 0, 1)) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(fn: () => void, delayMs: number): TimerId {
    if (delayMs > 2 ** 31 - 1) throw new Error(`a timer cannot wait ${delayMs} ms`);
    const timer: Timer = { dueAt: this.#now + Math.max(0, Math.ceil(delayMs)), order: this.#order++, fn };
    push(this.#heap, timer);
    return timer;
  }

  clearTimeout(id: TimerId): void {
    if (id !== undefined) this.#cancelled.add(id as Timer);
  }

  /** The instant of the next timer. */
  nextAt(): number | undefined {
    let head = this.#heap[0];
    while (head !== undefined && this.#cancelled.delete(head)) {
      pop(this.#heap);
      head = this.#heap[0];
    }
    if (head === undefined) this.#cancelled.clear(); // what is left was cancelled after it had fired
    return head?.dueAt;
  }

  /** Fires the next timer, moving time to it. False: there is none. */
  step(): boolean {
    const at = this.nextAt();
    if (at === undefined) return false;
    const timer = pop(this.#heap);
    this.#now = Math.max(this.#now, at);
    timer?.fn();
    return true;
  }

  /** Moves time on by `ms`, firing what falls due. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settled();
    for (let at = this.nextAt(); at !== undefined && at <= until; at = this.nextAt()) {
      this.step();
      await settled();
    }
    this.#now = until;
  }

  /** Advances from timer to timer until `reached` holds. Throws: when it does not within `limitMs`. */
  async until(reached: () => boolean, limitMs = 3_600_000): Promise<void> {
    const limit = this.#now + limitMs;
    await settled();
    while (!reached()) {
      const at = this.nextAt();
      if (at === undefined || at > limit) throw new Error(`not reached within ${limitMs} ms of simulated time`);
      this.step();
      await settled();
    }
  }
}

const before = (a: Timer, b: Timer): boolean => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order);

const push = (heap: Timer[], timer: Timer): void => {
  let place = heap.length;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    const above = heap[parent] as Timer;
    if (!before(timer, above)) break;
    heap[place] = above;
    place = parent;
  }
  heap[place] = timer;
};

const pop = (heap: Timer[]): Timer | undefined => {
  const head = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return head;
  let place = 0;
  for (;;) {
    const right = heap[2 * place + 2];
    let child = 2 * place + 1;
    if (right !== undefined && before(right, heap[child] as Timer)) child++;
    const below = heap[child];
    if (below === undefined || !before(below, last)) break;
    heap[place] = below;
    place = child;
  }
  heap[place] = last;
  return head;
};

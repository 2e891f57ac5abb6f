// Many keys, each due at an instant, under one timer: probes, leases, back-offs, delayed keys of a workqueue.
//
// I1 a key stands in the queue once. I2 keys are given in the order of their instants, equal ones in the order they were
// set. I3 no sleep is longer than MAX_SLEEP_MS: a timer cannot hold 25 days, and a clock may jump while it sleeps, so the
// queue looks again. I4 no timer lives while the queue is empty.
import type { Clock, TimerId } from "./clock.ts";

const MAX_SLEEP_MS = 60_000;

type Entry<K> = { readonly key: K; readonly dueAt: number; readonly order: number; place: number };

/** A queue that calls `onDue` for each key when its instant has come. Throwing in `onDue` is the caller's bug. */
export class DelayQueue<K> {
  readonly #clock: Clock;
  readonly #onDue: (key: K) => void;
  readonly #heap: Entry<K>[] = [];
  readonly #entries = new Map<K, Entry<K>>();
  #order = 0;
  #timer: { readonly id: TimerId; readonly firesAt: number } | undefined;

  constructor(clock: Clock, onDue: (key: K) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** How many keys wait. */
  get size(): number {
    return this.#entries.size;
  }

  /** The instant (milliseconds since the epoch) for which the key is set. */
  dueAt(key: K): number | undefined {
    return this.#entries.get(key)?.dueAt;
  }

  /** Sets the key's instant, instead of any it had. An instant in the past is due at once, but never within this call. */
  set(key: K, dueAt: number): void {
    this.#remove(key);
    const entry: Entry<K> = { key, dueAt, order: this.#order++, place: this.#heap.length };
    this.#entries.set(key, entry);
    this.#heap.push(entry);
    this.#rise(entry);
    this.#arm();
  }

  /** Sets the key's instant unless it has an earlier one. */
  setSooner(key: K, dueAt: number): void {
    const present = this.dueAt(key);
    if (present === undefined || dueAt < present) this.set(key, dueAt);
  }

  /** Forgets the key. */
  delete(key: K): void {
    this.#remove(key);
    this.#arm();
  }

  /** Forgets every key. */
  clear(): void {
    this.#heap.length = 0;
    this.#entries.clear();
    this.#arm();
  }

  #arm(): void {
    const head = this.#heap[0];
    if (head === undefined) return this.#disarm();
    const now = this.#clock.now();
    const firesAt = Math.max(now, Math.min(head.dueAt, now + MAX_SLEEP_MS));
    if (this.#timer !== undefined && this.#timer.firesAt <= firesAt) return; // it fires early enough, and looks again
    this.#disarm();
    const id = this.#clock.setTimeout(() => this.#fire(), firesAt - now);
    this.#timer = { id, firesAt };
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer.id);
    this.#timer = undefined;
  }

  #fire(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    const last = this.#order; // what is set from here on waits for the next firing, so that no key can hold the loop
    for (let head = this.#heap[0]; head !== undefined && head.dueAt <= now && head.order < last; head = this.#heap[0]) {
      this.#remove(head.key);
      this.#onDue(head.key);
    }
    this.#arm();
  }

  #remove(key: K): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#put(last, entry.place);
    this.#rise(last);
    this.#sink(last);
  }

  #put(entry: Entry<K>, place: number): void {
    entry.place = place;
    this.#heap[place] = entry;
  }

  #rise(entry: Entry<K>): void {
    while (entry.place > 0) {
      const place = entry.place;
      const parent = this.#heap[(place - 1) >> 1];
      if (parent === undefined || !before(entry, parent)) return;
      this.#put(entry, parent.place);
      this.#put(parent, place);
    }
  }

  #sink(entry: Entry<K>): void {
    for (;;) {
      const place = entry.place;
      const left = this.#heap[2 * place + 1];
      const right = this.#heap[2 * place + 2];
      const child = right !== undefined && left !== undefined && before(right, left) ? right : left;
      if (child === undefined || !before(child, entry)) return;
      this.#put(entry, child.place);
      this.#put(child, place);
    }
  }
}

const before = <K>(a: Entry<K>, b: Entry<K>): boolean => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order);

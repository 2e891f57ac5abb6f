// Pods that wait for a node: active ones by priority and then by age, those that wait out a back-off, and those that
// nothing can help until the cluster changes. upstream: pkg/scheduler/backend/queue/scheduling_queue.go
import type { Clock } from "#lib/clock.ts";
import { DelayQueue } from "#lib/delay-queue.ts";

const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 10_000;
/** A parked pod is tried again after this long, whatever happens. */
const PARKED_MS = 5 * 60_000;

type Waiting = { readonly priority: number; attempts: number; triedAt: number; state: "active" | "delayed" | "parked" | "taken" };

/** Delay after the n-th failed attempt, in milliseconds. */
export const backoffMs = (attempts: number): number => Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.max(0, attempts - 1));

/** The queue of one scheduler. A key stands in it once. */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();
  readonly #active = new Map<number, Set<string>>();
  readonly #delayed: DelayQueue<string>;
  readonly #onIdle: (retrying: boolean) => void;
  #notify: () => void = () => undefined;

  /** @param onIdle called when no pod is to be tried now; with true when some wait for another try */
  constructor(clock: Clock, onIdle: (retrying: boolean) => void = () => undefined) {
    this.#clock = clock;
    this.#onIdle = onIdle;
    this.#delayed = new DelayQueue(clock, (key) => this.#activate(key));
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** A pod that has no node. No change for one that already waits. */
  add(key: string, priority: number): void {
    if (this.#waiting.has(key)) return;
    this.#waiting.set(key, { priority, attempts: 0, triedAt: 0, state: "delayed" });
    this.#activate(key);
  }

  /** The pod was bound, or is gone. */
  remove(key: string): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    this.#active.get(waiting.priority)?.delete(key);
    this.#delayed.delete(key);
    this.#waiting.delete(key);
  }

  /** The attempt failed: the pod is parked until `wake`. */
  park(key: string): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    Object.assign(waiting, { attempts: waiting.attempts + 1, triedAt: this.#clock.now(), state: "parked" });
    this.#delayed.set(key, this.#clock.now() + PARKED_MS);
  }

  /** The attempt failed for a reason that passes by itself: the pod is tried again after its back-off. */
  retry(key: string): void {
    this.park(key);
    this.#delay(key);
  }

  /** The pod's own specification changed: it deserves a new attempt now. */
  renew(key: string): void {
    if (this.#waiting.get(key)?.state === "parked") this.#activate(key);
  }

  /** Something happened that may let parked pods fit. */
  wake(): void {
    for (const [key, { state }] of this.#waiting) if (state === "parked") this.#delay(key);
  }

  /** The next pod to try; undefined when the signal is aborted. One taker at a time. */
  async take(signal: AbortSignal): Promise<string | undefined> {
    for (;;) {
      if (signal.aborted) return undefined;
      const key = this.#next();
      if (key !== undefined) return key;
      this.#onIdle(this.#retrying());
      // waiting for work is what this loop is for
      await this.#changed(signal);
    }
  }

  #next(): string | undefined {
    for (const priority of [...this.#active.keys()].toSorted((a, b) => b - a)) {
      const keys = this.#active.get(priority);
      const [key] = keys ?? [];
      if (keys === undefined || key === undefined) this.#active.delete(priority);
      else {
        keys.delete(key);
        const waiting = this.#waiting.get(key);
        if (waiting !== undefined) waiting.state = "taken";
        return key;
      }
    }
    return undefined;
  }

  #retrying(): boolean {
    return this.#waiting.values().some(({ state }) => state === "parked" || state === "delayed");
  }

  async #changed(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    this.#notify = wake;
    signal.addEventListener("abort", wake, { once: true });
    await promise;
    signal.removeEventListener("abort", wake);
  }

  #delay(key: string): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    const dueAt = waiting.triedAt + backoffMs(waiting.attempts);
    if (dueAt <= this.#clock.now()) return this.#activate(key);
    waiting.state = "delayed";
    this.#delayed.set(key, dueAt);
  }

  #activate(key: string): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined || waiting.state === "active" || waiting.state === "taken") return;
    waiting.state = "active";
    this.#delayed.delete(key);
    const keys = this.#active.get(waiting.priority) ?? new Set<string>();
    keys.add(key);
    this.#active.set(waiting.priority, keys);
    this.#notify();
  }
}

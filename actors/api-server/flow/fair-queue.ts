// The fair queues of one priority level: which of the requests that wait goes next. Pure but for its own state.
// upstream: apiserver/pkg/util/flowcontrol/fairqueuing/queueset, KEP-1040. Virtual time is that of start-time fair queuing:
// the start of what was begun last, not a sum over real time, so that it is right however many seats there are just now.
//
// Q1 Of queues with the same needs each gets the same seconds of service, however many requests wait in it.
// Q2 Requests of one queue go in the order in which they came. Q3 Every request that was taken in comes out once.
import { handOf } from "./shuffle.ts";

export type Queuing = { readonly queues: number; readonly handSize: number; readonly queueLengthLimit: number };

/** What waits or runs. `seats`: how many ordinary requests it weighs. */
export type Job = { readonly seats: number };

/** How long a request is thought to take until it has, milliseconds. upstream: queueset.estimatedServiceDuration */
const ESTIMATE_MS = 3;
/** How many flows' hands are remembered. */
const MAX_HANDS = 4_096;

type Queue<T> = {
  readonly waiting: T[];
  /** Seats of what waits and runs. */
  seats: number;
  /** Virtual time at which its next request begins: what it has had of service, in seat-milliseconds. */
  nextAt: number;
};

/** Takes requests in by flow, and gives them out fairly. */
export class FairQueue<T extends Job> {
  readonly #queuing: Queuing;
  readonly #queues: Queue<T>[];
  readonly #of = new Map<T, Queue<T>>();
  readonly #hands = new Map<string, readonly number[]>();
  /** Queues in which something waits; who was served last stands last. */
  readonly #ready = new Set<Queue<T>>();
  #virtualNow = 0;

  constructor(queuing: Queuing) {
    this.#queuing = queuing;
    this.#queues = Array.from({ length: queuing.queues }, () => ({ waiting: [], seats: 0, nextAt: 0 }));
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#ready.size === 0;
  }

  /** Takes a request in, and answers how many wait in its queue with it. 0: its flow's queues are full. */
  offer(job: T, flow: string): number {
    const queue = this.#shortest(flow);
    if (queue === undefined || queue.waiting.length >= this.#queuing.queueLengthLimit) return 0;
    if (queue.seats === 0) queue.nextAt = this.#virtualNow;
    queue.waiting.push(job);
    queue.seats += job.seats;
    this.#of.set(job, queue);
    this.#ready.add(queue);
    return queue.waiting.length;
  }

  /** The request that goes next, left where it is. */
  peek(): T | undefined {
    return this.#next()?.waiting[0];
  }

  /** The request that goes next; it runs from now on. */
  take(): T | undefined {
    const queue = this.#next();
    const job = queue?.waiting.shift();
    if (queue === undefined || job === undefined) return undefined;
    this.#virtualNow = Math.max(this.#virtualNow, queue.nextAt);
    queue.nextAt += ESTIMATE_MS * job.seats;
    this.#ready.delete(queue);
    if (queue.waiting.length > 0) this.#ready.add(queue);
    return job;
  }

  /** What ran has ended after `tookMs`. */
  finish(job: T, tookMs: number): void {
    const queue = this.#of.get(job);
    if (queue === undefined) return;
    // The clock counts whole milliseconds; what took less than one is not free.
    queue.nextAt -= (ESTIMATE_MS - Math.max(1, tookMs)) * job.seats;
    this.#forget(job, queue);
  }

  /** What waits need not go any more. */
  drop(job: T): void {
    const queue = this.#of.get(job);
    if (queue === undefined) return;
    queue.waiting.splice(queue.waiting.indexOf(job), 1);
    if (queue.waiting.length === 0) this.#ready.delete(queue);
    this.#forget(job, queue);
  }

  #forget(job: T, queue: Queue<T>): void {
    this.#of.delete(job);
    queue.seats -= job.seats;
  }

  #shortest(flow: string): Queue<T> | undefined {
    let shortest: Queue<T> | undefined;
    for (const at of this.#hand(flow)) {
      const queue = this.#queues[at];
      if (queue !== undefined && (shortest === undefined || queue.seats < shortest.seats)) shortest = queue;
    }
    return shortest;
  }

  #hand(flow: string): readonly number[] {
    const known = this.#hands.get(flow);
    if (known !== undefined) return known;
    if (this.#hands.size >= MAX_HANDS) this.#hands.clear();
    const hand = handOf(flow, this.#queuing.queues, this.#queuing.handSize);
    this.#hands.set(flow, hand);
    return hand;
  }

  /** The queue whose first request would end first. */
  #next(): Queue<T> | undefined {
    let best: Queue<T> | undefined;
    let bestEnd = Infinity;
    for (const queue of this.#ready) {
      const end = queue.nextAt + ESTIMATE_MS * (queue.waiting[0]?.seats ?? 0);
      if (end < bestEnd) [best, bestEnd] = [queue, end];
    }
    return best;
  }
}

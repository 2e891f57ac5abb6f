// One priority level while the server runs: its seats, its fair queues, and what it counts.
import type { V1QueuingConfiguration } from "#api/generated/types.ts";
import type { PriorityLevelConfiguration } from "#api/flowcontrol/v1/priority-level-configuration.ts";
import type { Clock } from "#lib/clock.ts";
import { FairQueue, type Queuing } from "./fair-queue.ts";
import { LevelCounts, type Rejection } from "./level-counts.ts";
import type { Pace } from "./pace.ts";
import { RetryAfter } from "./retry-after.ts";
import type { Seats, Share } from "./seats.ts";
import { mostSeats } from "./width.ts";

/** A request in a level. */
export type Visit = {
  readonly level: Level;
  readonly schema: string;
  /** Whether a watch begins. */
  readonly isWatch: boolean;
  readonly flow: string;
  readonly seats: number;
  readonly cameAt: number;
  startedAt: number;
  /** Called when it may run. */
  begin(): void;
};

export type LevelSpec = {
  readonly name: string;
  readonly uid: string;
  readonly exempt: boolean;
  /** Undefined: what finds no seat is turned away. */
  readonly queuing: Queuing | undefined;
};

/** What a PriorityLevelConfiguration says of its queues. */
export const levelSpecOf = ({ metadata, spec }: PriorityLevelConfiguration): LevelSpec => ({
  name: metadata?.name ?? "",
  uid: metadata?.uid ?? "",
  exempt: spec?.type === "Exempt",
  queuing: queuingOf(spec?.limited?.limitResponse?.queuing),
});

const queuingOf = (queuing: V1QueuingConfiguration | undefined): Queuing | undefined =>
  queuing && { queues: queuing.queues ?? 64, handSize: queuing.handSize ?? 8, queueLengthLimit: queuing.queueLengthLimit ?? 50 };

/** A priority level. Its visits come in by `admit` and leave by `leave`, or by `abandon` while they wait. */
export class Level {
  readonly spec: LevelSpec;
  /** Its part of the seats. */
  share: Share;
  readonly counts = new LevelCounts();
  readonly #retryAfter = new RetryAfter();
  readonly #queue: FairQueue<Visit> | undefined;
  readonly #clock: Clock;

  constructor(spec: LevelSpec, share: Share, clock: Clock) {
    this.spec = spec;
    this.share = share;
    this.#clock = clock;
    this.#queue = spec.queuing && new FairQueue(spec.queuing);
  }

  /** Whether somebody waits. */
  get hasWaiting(): boolean {
    return this.#queue !== undefined && !this.#queue.isEmpty;
  }

  /** Whether who waits here waits for seats of the level's own. */
  get isShort(): boolean {
    return this.hasWaiting && this.share.inUse < this.share.nominal;
  }

  /** The most seats that one request may take. */
  get most(): number {
    return mostSeats(this.spec.queuing, this.share.nominal);
  }

  /** How long who is turned away now should stay away, seconds. */
  turnAway(): number {
    return this.#retryAfter.drop(this.#clock.now());
  }

  /** The same level with another part of the seats. */
  resized(share: Share): this {
    this.share = { ...share, inUse: this.share.inUse };
    return this;
  }

  /** Lets a visit in, to run or to wait; otherwise says why not. */
  admit(visit: Visit, seats: Seats): Rejection | undefined {
    this.counts.come(visit);
    if (this.spec.exempt || this.#queue === undefined) return this.#beginNow(visit, seats);
    const length = this.#queue.offer(visit, visit.flow);
    if (length === 0) return this.#reject(visit, "queue-full");
    this.counts.wait(visit, length);
    return undefined;
  }

  /** Starts who waits as long as there are seats, and the pace allows it. */
  dispatch(seats: Seats, pace: Pace): void {
    for (let next = this.#queue?.peek(); next !== undefined; next = this.#queue?.peek()) {
      if (!seats.take(this.share, next.seats)) return this.counts.noSeat(next);
      if (!pace.take()) return seats.give(this.share, next.seats);
      this.#queue?.take();
      this.counts.waited(next, this.#clock.now() - next.cameAt, true);
      this.#begin(next);
    }
  }

  /** What ran has ended. */
  leave(visit: Visit, seats: Seats): void {
    const tookMs = this.#clock.now() - visit.startedAt;
    this.counts.end(visit, tookMs);
    if (this.spec.exempt) return;
    seats.give(this.share, visit.seats);
    this.#queue?.finish(visit, tookMs);
  }

  /** What waited need not run. */
  abandon(visit: Visit, why: Rejection): void {
    this.#queue?.drop(visit);
    this.counts.waited(visit, this.#clock.now() - visit.cameAt, false);
    this.counts.reject(visit, why);
  }

  #beginNow(visit: Visit, seats: Seats): Rejection | undefined {
    if (!this.spec.exempt && !seats.take(this.share, visit.seats)) return this.#reject(visit, "concurrency-limit");
    this.#begin(visit);
    return undefined;
  }

  #begin(visit: Visit): void {
    visit.startedAt = this.#clock.now();
    this.counts.begin(visit);
    visit.begin();
  }

  #reject(visit: Visit, why: Rejection): Rejection {
    this.counts.reject(visit, why);
    return why;
  }
}

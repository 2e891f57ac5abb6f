// What a priority level tells /metrics, by flow schema. upstream: apiserver/pkg/util/flowcontrol/metrics
import type { Family } from "#lib/metrics.ts";
import { Histogram } from "../metrics/histogram.ts";
import type { Share } from "./seats.ts";

/** Why a request was turned away, in upstream's words. */
export type Rejection = "queue-full" | "concurrency-limit" | "time-out" | "cancelled";

/** upstream: requestDurationSecondsBuckets, queueLengthBuckets, the buckets of work_estimated_seats */
const SECONDS = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
const LENGTHS = [0, 10, 25, 50, 100, 250, 500, 1000];
const SEATS = [1, 2, 4, 10];

/** What is counted of a visit. */
type Counting = { readonly schema: string; readonly seats: number; readonly isWatch: boolean };

type Counts = {
  waiting: number;
  waitingSeats: number;
  running: number;
  seats: number;
  dispatched: number;
  withoutSeat: number;
  readonly rejected: Map<Rejection, number>;
  readonly widths: Histogram;
  readonly lengths: Histogram;
  /** How long who ran, and who did not, had waited. */
  readonly waits: { readonly true: Histogram; readonly false: Histogram };
  readonly times: { readonly regular: Histogram; readonly watch: Histogram };
};

const noCounts = (): Counts => {
  const seconds = (): Histogram => new Histogram(SECONDS);
  return {
    waiting: 0,
    waitingSeats: 0,
    running: 0,
    seats: 0,
    dispatched: 0,
    withoutSeat: 0,
    rejected: new Map(),
    widths: new Histogram(SEATS),
    lengths: new Histogram(LENGTHS),
    waits: { true: seconds(), false: seconds() },
    times: { regular: seconds(), watch: seconds() },
  };
};

/** The counts of one level. */
export class LevelCounts {
  readonly #schemas = new Map<string, Counts>();

  /** A request has come. */
  come({ schema, seats }: Counting): void {
    this.#of(schema).widths.observe(seats);
  }

  /** It waits, in a queue that has this length now. */
  wait({ schema, seats }: Counting, length: number): void {
    const counts = this.#of(schema);
    counts.waiting++;
    counts.waitingSeats += seats;
    counts.lengths.observe(length);
  }

  /** It waits no longer; `runs`: because it runs. */
  waited({ schema, seats }: Counting, waitedMs: number, runs: boolean): void {
    const counts = this.#of(schema);
    counts.waiting--;
    counts.waitingSeats -= seats;
    counts.waits[`${runs}`].observe(waitedMs / 1000);
  }

  /** It is its turn, and it finds no seat. */
  noSeat({ schema }: Counting): void {
    this.#of(schema).withoutSeat++;
  }

  begin({ schema, seats }: Counting): void {
    const counts = this.#of(schema);
    counts.running++;
    counts.dispatched++;
    counts.seats += seats;
  }

  end({ schema, seats, isWatch }: Counting, tookMs: number): void {
    const counts = this.#of(schema);
    counts.running--;
    counts.seats -= seats;
    counts.times[isWatch ? "watch" : "regular"].observe(tookMs / 1000);
  }

  reject({ schema }: Counting, why: Rejection): void {
    const { rejected } = this.#of(schema);
    rejected.set(why, (rejected.get(why) ?? 0) + 1);
  }

  get entries(): Iterable<readonly [string, Counts]> {
    return this.#schemas;
  }

  #of(schema: string): Counts {
    let counts = this.#schemas.get(schema);
    if (counts === undefined) {
      counts = noCounts();
      this.#schemas.set(schema, counts);
    }
    return counts;
  }
}

type Counted = { readonly spec: { readonly name: string; readonly exempt: boolean }; readonly counts: LevelCounts; readonly share: Share };
type Labels = { readonly priority_level: string; readonly flow_schema: string };
type Read<T> = (counts: Counts, labels: Labels) => T;

/** The families of all levels. */
export const flowFamilies = (levels: readonly Counted[]): readonly Family[] => {
  const each = <T>(read: Read<readonly T[]>): readonly T[] =>
    levels.flatMap(({ spec, counts }) =>
      [...counts.entries].flatMap(([schema, one]) => read(one, { priority_level: spec.name, flow_schema: schema })),
    );
  const gauge = (name: string, help: string, value: Read<number>): Family => ({
    name: `apiserver_flowcontrol_${name}`,
    help,
    type: "gauge",
    values: each((counts, labels) => [{ labels, value: value(counts, labels) }]),
  });
  const counter = (name: string, help: string, value: Read<number>): Family => ({ ...gauge(name, help, value), type: "counter" });
  const histogram = (name: string, help: string, of: Read<readonly (readonly [object, Histogram])[]>): Family => ({
    name: `apiserver_flowcontrol_${name}`,
    help,
    type: "histogram",
    values: each((counts, labels) =>
      of(counts, labels).flatMap(([more, values]) => values.samples(`apiserver_flowcontrol_${name}`, { ...labels, ...more })),
    ),
  });
  return [
    gauge("current_inqueue_requests", "Number of requests currently pending in queues", ({ waiting }) => waiting),
    gauge("current_inqueue_seats", "Number of seats currently pending in queues", ({ waitingSeats }) => waitingSeats),
    gauge("current_executing_requests", "Number of requests currently executing", ({ running }) => running),
    gauge("current_executing_seats", "Number of seats occupied by the executing requests", ({ seats }) => seats),
    counter("dispatched_requests_total", "Number of requests executed by API Priority and Fairness", ({ dispatched }) => dispatched),
    {
      name: "apiserver_flowcontrol_rejected_requests_total",
      help: "Number of requests rejected by API Priority and Fairness",
      type: "counter",
      values: each(({ rejected }, labels) => [...rejected].map(([reason, value]) => ({ labels: { ...labels, reason }, value }))),
    },
    counter(
      "request_dispatch_no_accommodation_total",
      "Number of times a dispatch attempt resulted in a non accommodation due to lack of available seats",
      ({ withoutSeat }) => withoutSeat,
    ),
    histogram("request_wait_duration_seconds", "Length of time a request spent waiting in its queue", ({ waits }) =>
      Object.entries(waits).map(([execute, values]) => [{ execute }, values]),
    ),
    histogram("request_execution_seconds", "Duration of request execution", ({ times }) =>
      Object.entries(times).map(([type, values]) => [{ type }, values]),
    ),
    histogram("request_queue_length_after_enqueue", "Length of queue, as seen by each request after it is enqueued", ({ lengths }) => [
      [{}, lengths],
    ]),
    histogram("work_estimated_seats", "Number of estimated seats associated with requests", ({ widths }) => [[{}, widths]]),
    ...limits(levels),
  ];
};

const limits = (levels: readonly Counted[]): readonly Family[] => {
  const total = levels.reduce((sum, { share }) => sum + share.nominal, 0);
  const gauge = (name: string, help: string, value: (share: Share) => number): Family => ({
    name: `apiserver_flowcontrol_${name}`,
    help,
    type: "gauge",
    values: levels
      .filter(({ spec }) => !spec.exempt)
      .map(({ spec, share }) => ({ labels: { priority_level: spec.name }, value: value(share) })),
  });
  const ofEach = "number of execution seats available to each priority level";
  return [
    gauge("nominal_limit_seats", "Nominal number of execution seats configured for each priority level", ({ nominal }) => nominal),
    gauge("lower_limit_seats", `Configured lower bound on ${ofEach}`, ({ guaranteed }) => guaranteed),
    gauge("upper_limit_seats", `Configured upper bound on ${ofEach}`, ({ most }) => Math.min(most, total)),
  ];
};

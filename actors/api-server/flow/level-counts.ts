// What a priority level tells /metrics, by flow schema. upstream: apiserver/pkg/util/flowcontrol/metrics
import type { Family } from "../metrics/family.ts";
import { Histogram } from "../metrics/histogram.ts";
import type { Share } from "./seats.ts";

/** Why a request was turned away, in upstream's words. */
export type Rejection = "queue-full" | "concurrency-limit" | "time-out" | "cancelled";

/** upstream: requestDurationSecondsBuckets */
const SECONDS = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

type Counts = {
  waiting: number;
  running: number;
  seats: number;
  dispatched: number;
  readonly rejected: Map<Rejection, number>;
  readonly waits: Histogram;
  readonly times: Histogram;
};

/** The counts of one level. */
export class LevelCounts {
  readonly #schemas = new Map<string, Counts>();

  wait(schema: string, by: 1 | -1): void {
    this.#of(schema).waiting += by;
  }

  begin(schema: string, seats: number, waitedMs: number): void {
    const counts = this.#of(schema);
    counts.running++;
    counts.dispatched++;
    counts.seats += seats;
    counts.waits.observe(waitedMs / 1000);
  }

  end(schema: string, seats: number, tookMs: number): void {
    const counts = this.#of(schema);
    counts.running--;
    counts.seats -= seats;
    counts.times.observe(tookMs / 1000);
  }

  reject(schema: string, why: Rejection): void {
    const { rejected } = this.#of(schema);
    rejected.set(why, (rejected.get(why) ?? 0) + 1);
  }

  get entries(): Iterable<readonly [string, Counts]> {
    return this.#schemas;
  }

  #of(schema: string): Counts {
    let counts = this.#schemas.get(schema);
    if (counts === undefined) {
      const [waits, times] = [new Histogram(SECONDS), new Histogram(SECONDS)];
      counts = { waiting: 0, running: 0, seats: 0, dispatched: 0, rejected: new Map(), waits, times };
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
  const histogram = (name: string, help: string, of: Read<Histogram>): Family => ({
    name: `apiserver_flowcontrol_${name}`,
    help,
    type: "histogram",
    values: each((counts, labels) => of(counts, labels).samples(`apiserver_flowcontrol_${name}`, labels)),
  });
  return [
    gauge("current_inqueue_requests", "Number of requests currently pending in queues", ({ waiting }) => waiting),
    gauge("current_executing_requests", "Number of requests currently executing", ({ running }) => running),
    gauge("current_executing_seats", "Number of seats occupied by the executing requests", ({ seats }) => seats),
    {
      ...gauge("dispatched_requests_total", "Number of requests executed by API Priority and Fairness", ({ dispatched }) => dispatched),
      type: "counter",
    },
    {
      name: "apiserver_flowcontrol_rejected_requests_total",
      help: "Number of requests rejected by API Priority and Fairness",
      type: "counter",
      values: each(({ rejected }, labels) => [...rejected].map(([reason, value]) => ({ labels: { ...labels, reason }, value }))),
    },
    histogram("request_wait_duration_seconds", "Length of time a request spent waiting in its queue", ({ waits }) => waits),
    histogram("request_execution_seconds", "Duration of request execution", ({ times }) => times),
    ...limits(levels),
  ];
};

const limits = (levels: readonly Counted[]): readonly Family[] => {
  const gauge = (name: string, help: string, value: (share: Share) => number): Family => ({
    name: `apiserver_flowcontrol_${name}`,
    help,
    type: "gauge",
    values: levels
      .filter(({ spec }) => !spec.exempt)
      .map(({ spec, share }) => ({ labels: { priority_level: spec.name }, value: value(share) })),
  });
  return [
    gauge("nominal_limit_seats", "Nominal number of execution seats configured for each priority level", ({ nominal }) => nominal),
    gauge(
      "lower_limit_seats",
      "Configured lower bound on number of execution seats available to each priority level",
      (share) => share.guaranteed,
    ),
  ];
};

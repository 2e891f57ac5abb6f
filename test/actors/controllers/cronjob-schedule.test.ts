import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { dueStart, lookAgainAt, NEVER } from "#actors/controllers/cronjob/schedule.ts";
import { nextTime } from "#api/batch/v1/cron-next.ts";
import { parseCron } from "#api/batch/v1/cron.ts";
import type { CronJob } from "#api/batch/v1/cron-job.ts";
import { toTime } from "#lib/clock.ts";
import { stored } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("controllers/cronjob-schedule");
const START = Date.UTC(2026, 0, 1);
const SCHEDULES = ["*/7 * * * *", "5,6 */4 * * *", "30 6-16/4 * * 1-5", "@hourly", "@every 37m", "0 0 1,15 * sun", "59 23 * * *"];
const ZONES = [undefined, "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu"];

const spans = fc.record({
  schedule: fc.constantFrom(...SCHEDULES),
  timeZone: fc.constantFrom(...ZONES),
  fromMs: fc.integer({ min: 0, max: 200 * 24 * 3600 }).map((seconds) => START + seconds * 1000),
  forMs: fc.integer({ min: 0, max: 3 * 24 * 3600 }).map((seconds) => seconds * 1000),
});
type Span = typeof spans extends fc.Arbitrary<infer T> ? T : never;

const cronJob = ({ schedule, timeZone, fromMs }: Span) =>
  stored({
    metadata: { name: "tick" },
    spec: { schedule, ...(timeZone === undefined ? {} : { timeZone }), jobTemplate: {} },
    status: { lastScheduleTime: toTime(fromMs) },
  } satisfies CronJob);

/** All times of the schedule in the span, one by one. */
const timesIn = ({ schedule, timeZone = "UTC", fromMs, forMs }: Span): readonly number[] => {
  const times: number[] = [];
  const next = (ms: number): number => nextTime(parseCron(schedule), ms, timeZone) ?? Number.POSITIVE_INFINITY;
  for (let at = next(fromMs); at <= fromMs + forMs; at = next(at)) times.push(at);
  return times;
};

test("the start that is due is the last time that has come, however many were missed", () => {
  fc.assert(
    fc.property(spans, (span) => {
      const due = dueStart(cronJob(span), span.fromMs + span.forMs);
      assert.is(due === NEVER ? due : due.at, timesIn(span).at(-1));
    }),
  );
});

test("it is looked at again in the moment after the next time", () => {
  fc.assert(
    fc.property(spans, (span) => {
      const nowMs = span.fromMs + span.forMs;
      const again = lookAgainAt(cronJob(span), nowMs) ?? 0;
      assert.is(again - 100, nextTime(parseCron(span.schedule), timesIn(span).at(-1) ?? span.fromMs, span.timeZone ?? "UTC"));
      assert.ok(again > nowMs);
    }),
  );
});

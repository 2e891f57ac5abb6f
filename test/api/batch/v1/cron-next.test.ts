import * as assert from "uvu/assert";
import { nextTime } from "#api/batch/v1/cron-next.ts";
import { parseCron } from "#api/batch/v1/cron.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("batch/v1/cron-next");

const next = (schedule: string, after: string, timeZone = "UTC"): string | undefined => {
  const at = nextTime(parseCron(schedule), Date.parse(after), timeZone);
  return at === undefined ? undefined : new Date(at).toISOString().replace(".000Z", "Z");
};

/** After, schedule, next; in UTC. upstream: robfig/cron spec_test.go TestNext */
const PLAIN: readonly (readonly [string, string, string | undefined])[] = [
  ["2012-07-09T14:45:00Z", "0/15 * * * *", "2012-07-09T15:00:00Z"],
  ["2012-07-09T14:59:59Z", "0/15 * * * *", "2012-07-09T15:00:00Z"],
  ["2012-07-09T15:45:00Z", "20-35/15 * * * *", "2012-07-09T16:20:00Z"],
  ["2012-07-09T23:46:00Z", "*/15 * * * *", "2012-07-10T00:00:00Z"],
  ["2012-07-09T23:35:51Z", "20-35/15 1/2 */2 * *", "2012-07-11T01:20:00Z"],
  ["2012-07-09T23:35:00Z", "0 0 * Feb Mon", "2013-02-04T00:00:00Z"],
  ["2012-12-31T23:59:45Z", "* * * * *", "2013-01-01T00:00:00Z"],
  ["2012-07-09T23:35:00Z", "0 0 29 Feb ?", "2016-02-29T00:00:00Z"],
  ["2012-07-14T00:00:00Z", "0 0 1,15 * Sun", "2012-07-15T00:00:00Z"],
  ["2012-07-16T00:00:00Z", "0 0 1,15 * Sun", "2012-07-22T00:00:00Z"],
  ["2012-07-16T00:00:00Z", "0 0 */10 * Sun", "2012-07-21T00:00:00Z"],
  ["2012-07-09T14:45:30Z", "@hourly", "2012-07-09T15:00:00Z"],
  ["2012-07-09T14:45:30Z", "@every 1h30m", "2012-07-09T16:15:30Z"],
  ["2012-07-09T23:35:00Z", "0 0 30 Feb ?", undefined],
  ["2012-07-09T23:35:00Z", "0 0 31 Apr ?", undefined],
];
for (const [after, schedule, expected] of PLAIN)
  test(`${schedule} after ${after} comes ${expected ?? "never"}`, () => assert.is(next(schedule, after), expected));

/** The same where clocks change. */
const CHANGES: readonly (readonly [string, string, string, string])[] = [
  ["2012-03-11T00:00:00-05:00", "America/New_York", "30 2 11 Mar ?", "2013-03-11T06:30:00Z"],
  ["2012-03-11T01:00:00-05:00", "America/New_York", "0 * * * ?", "2012-03-11T07:00:00Z"],
  ["2012-03-11T00:00:00-05:00", "America/New_York", "0 2 * * ?", "2012-03-12T06:00:00Z"],
  ["2012-11-04T01:45:00-04:00", "America/New_York", "30 1 * * ?", "2012-11-05T06:30:00Z"], // upstream: a second time, at 06:30Z of the 4th
  ["2012-11-04T01:00:00-04:00", "America/New_York", "0 * * * ?", "2012-11-04T06:00:00Z"],
  ["2012-11-04T01:00:00-05:00", "America/New_York", "0 1 * * ?", "2012-11-05T06:00:00Z"],
  ["2018-02-14T05:00:00-05:00", "America/Sao_Paulo", "0 9 22 * ?", "2018-02-22T12:00:00Z"],
  ["2018-11-03T12:00:00-03:00", "America/Sao_Paulo", "30 0 * * ?", "2018-11-05T02:30:00Z"],
  ["2025-10-04T15:00:00Z", "Australia/Lord_Howe", "15 2 * * *", "2025-10-05T15:15:00Z"],
  ["2026-01-01T00:00:00Z", "Asia/Kathmandu", "0 9 * * *", "2026-01-01T03:15:00Z"],
];
for (const [after, zone, schedule, expected] of CHANGES)
  test(`${schedule} in ${zone} after ${after} comes ${expected}`, () => assert.is(next(schedule, after, zone), expected));

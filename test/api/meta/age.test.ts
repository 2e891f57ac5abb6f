import { humanDuration, translateTimestampSince } from "#api/meta/age.ts";
import { suite } from "#test/support/suite.ts";
import * as assert from "uvu/assert";

const test = suite("age");
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const cases: readonly (readonly [number, string])[] = [
  [-2 * SECOND, "<invalid>"],
  [-1 * SECOND, "0s"],
  [-900, "0s"],
  [0, "0s"],
  [SECOND - 1, "0s"],
  [45.9 * SECOND, "45s"],
  [2 * MINUTE - 1, "119s"],
  [2 * MINUTE, "2m"],
  [2 * MINUTE + 1500, "2m1s"],
  [10 * MINUTE - 1, "9m59s"],
  [10 * MINUTE, "10m"],
  [3 * HOUR - 1, "179m"],
  [3 * HOUR, "3h"],
  [3 * HOUR + MINUTE, "3h1m"],
  [8 * HOUR - 1, "7h59m"],
  [8 * HOUR + 59 * MINUTE, "8h"],
  [2 * DAY - 1, "47h"],
  [2 * DAY, "2d"],
  [2 * DAY + HOUR, "2d1h"],
  [8 * DAY - 1, "7d23h"],
  [8 * DAY + 5 * HOUR, "8d"],
  [2 * 365 * DAY - 1, "729d"],
  [2 * 365 * DAY, "2y"],
  [2 * 365 * DAY + DAY, "2y1d"],
  [8 * 365 * DAY - 1, "7y364d"],
  [8 * 365 * DAY + 100 * DAY, "8y"],
];

test("durations read as kubectl prints them", () => {
  for (const [durationMs, text] of cases) assert.is(humanDuration(durationMs), text, `${durationMs} ms`);
});

test("an age counts from a timestamp, and no timestamp has none", () => {
  const now = Date.parse("2026-05-01T12:00:00Z");
  assert.is(translateTimestampSince("2026-05-01T11:00:00Z", now), "60m");
  assert.is(translateTimestampSince("2026-05-01T13:59:30.000000+02:00", now), "30s");
  assert.is(translateTimestampSince(undefined, now), "<unknown>");
  assert.is(translateTimestampSince("", now), "<unknown>");
});

import { canonicalTime, TimeError } from "#api/schema/go-time.ts";
import { suite } from "#test/support/suite.ts";
import * as fc from "fast-check";
import * as assert from "uvu/assert";

const test = suite("go-time");

const LAYOUT = "2006-01-02T15:04:05Z07:00";
const MICRO = "2006-01-02T15:04:05.000000Z07:00";

test("an instant is stored in UTC, to the second or the microsecond", () => {
  assert.is(canonicalTime("2026-05-01T10:00:00Z", "seconds"), "2026-05-01T10:00:00Z");
  assert.is(canonicalTime("2026-05-01T10:00:00.987Z", "seconds"), "2026-05-01T10:00:00Z");
  assert.is(canonicalTime("2026-05-01T00:30:00+02:00", "seconds"), "2026-04-30T22:30:00Z");
  assert.is(canonicalTime("2026-05-01T00:30:00-02:30", "seconds"), "2026-05-01T03:00:00Z");
  assert.is(canonicalTime("2026-05-01T5:00:00Z", "seconds"), "2026-05-01T05:00:00Z");
  assert.is(canonicalTime("0099-01-01T00:00:00Z", "seconds"), "0099-01-01T00:00:00Z");
  assert.is(canonicalTime("2026-05-01T10:00:00.123456Z", "microseconds"), "2026-05-01T10:00:00.123456Z");
  assert.is(canonicalTime("2026-05-01T10:00:00.123456+01:00", "microseconds"), "2026-05-01T09:00:00.123456Z");
  assert.is(canonicalTime("2024-02-29T00:00:00Z", "seconds"), "2024-02-29T00:00:00Z");
});

const wrong: readonly (readonly [string, string])[] = [
  ["", `parsing time "" as "${LAYOUT}": cannot parse "" as "2006"`],
  ["tomorrow", `parsing time "tomorrow" as "${LAYOUT}": cannot parse "tomorrow" as "2006"`],
  ["2026-05-01", `parsing time "2026-05-01" as "${LAYOUT}": cannot parse "" as "T"`],
  ["2026-05-01 10:00:00Z", `parsing time "2026-05-01 10:00:00Z" as "${LAYOUT}": cannot parse " 10:00:00Z" as "T"`],
  ["2026-05-01T10:00:00", `parsing time "2026-05-01T10:00:00" as "${LAYOUT}": cannot parse "" as "Z07:00"`],
  ["2026-13-01T10:00:00Z", 'parsing time "2026-13-01T10:00:00Z": month out of range'],
  ["2026-02-30T10:00:00Z", 'parsing time "2026-02-30T10:00:00Z": day out of range'],
  ["2026-04-00T10:00:00Z", 'parsing time "2026-04-00T10:00:00Z": day out of range'],
  ["2026-05-01T24:00:00Z", 'parsing time "2026-05-01T24:00:00Z": hour out of range'],
  ["2026-05-01T10:60:00Z", 'parsing time "2026-05-01T10:60:00Z": minute out of range'],
  ["2026-05-01T10:00:60Z", 'parsing time "2026-05-01T10:00:60Z": second out of range'],
  ["2026-05-01T10:00:00Zulu", 'parsing time "2026-05-01T10:00:00Zulu": extra text: "ulu"'],
];

test("what is no instant is refused in Go's words", () => {
  for (const [text, message] of wrong) {
    try {
      canonicalTime(text, "seconds");
      assert.unreachable(text);
    } catch (error) {
      assert.instance(error, TimeError);
      assert.is((error as Error).message, message);
    }
  }
  assert.throws(
    () => canonicalTime("2026-05-01T10:00:00Z", "microseconds"),
    (error: Error) => error.message === `parsing time "2026-05-01T10:00:00Z" as "${MICRO}": cannot parse "Z" as ".000000"`,
  );
});

test("every instant that Date prints is stored as it is", () => {
  const date = fc.date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true });
  fc.assert(
    fc.property(date, (at) => {
      const text = `${at.toISOString().slice(0, 19)}Z`;
      return canonicalTime(text, "seconds") === text && canonicalTime(at.toISOString(), "seconds") === text;
    }),
  );
});

import { parseCron } from "#api/batch/v1/cron.ts";
import { suite } from "#test/support/suite.ts";
import * as assert from "uvu/assert";

const test = suite("batch/v1/cron");

const minutes = (text: string): readonly number[] => {
  const schedule = parseCron(`${text} * * * *`);
  return "minute" in schedule ? [...schedule.minute.values] : [];
};

test("fields are numbers, ranges, steps and lists of them", () => {
  assert.equal(minutes("5"), [5]);
  assert.equal(minutes("5-8"), [5, 6, 7, 8]);
  assert.equal(minutes("*/20"), [0, 20, 40]);
  assert.equal(minutes("10-30/10"), [10, 20, 30]);
  assert.equal(minutes("50/4"), [50, 54, 58]);
  assert.equal(minutes("1,3,3"), [1, 3]);
});

test("months and days of the week have names", () => {
  const schedule = parseCron("0 0 * JAN-mar sun,6");
  assert.ok("month" in schedule);
  assert.equal([...schedule.month.values], [1, 2, 3]);
  assert.equal([...schedule.weekday.values], [0, 6]);
});

test("a star says that any day will do, a step does not", () => {
  const [any, some] = [parseCron("0 0 ? * 1"), parseCron("0 0 */2 * 1")];
  assert.ok("day" in any && "day" in some);
  assert.ok(any.day.any);
  assert.not(any.weekday.any);
  assert.not(some.day.any);
});

test("words stand for schedules, and durations for themselves", () => {
  assert.equal(parseCron("@weekly"), parseCron("0 0 * * 0"));
  assert.equal(parseCron("@every 1h30m"), { everyMs: 5_400_000 });
  assert.equal(parseCron("@every 1ms"), { everyMs: 1000 });
});

import * as assert from "uvu/assert";
import { RetryAfter } from "#actors/api-server/flow/retry-after.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("flow/retry-after");

/** What the last of `count` requests is told that are turned away in one second. */
const drop = (level: RetryAfter, second: number, count: number): number => {
  let seconds = 0;
  for (let at = 0; at < count; at++) seconds = level.drop(second * 1000 + at);
  return seconds;
};

test("a spike doubles the time once, not for every request of it", () => {
  const level = new RetryAfter();
  assert.equal([drop(level, 100, 10), drop(level, 101, 10), drop(level, 102, 1)], [1, 2, 2]);
});

test("while many are turned away the time grows, to half a minute at most", () => {
  const level = new RetryAfter();
  const told = Array.from({ length: 200 }, (_none, second) => drop(level, 100 + second, 100));
  assert.equal([...new Set(told)], [1, 2, 4, 8, 16, 32]);
});

test("when few are turned away it comes down again, second by second", () => {
  const level = new RetryAfter();
  for (let second = 100; second < 110; second++) drop(level, second, 100);
  const told = [0, 1, 2].map((step) => drop(level, 200 + 40 * step, 1));
  assert.equal(told, [7, 6, 5]);
});

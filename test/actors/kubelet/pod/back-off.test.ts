import * as assert from "uvu/assert";
import { goDuration, lengthen, waitMs, type BackOff } from "#actors/kubelet/pod/back-off.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("back-off");

test("doubles from ten seconds to five minutes", () => {
  const delays: number[] = [];
  let backOff: BackOff | undefined;
  for (let at = 0; delays.length < 7; at += 1000) {
    backOff = lengthen(backOff, at, at);
    delays.push(backOff.delayMs / 1000);
  }
  assert.equal(delays, [10, 20, 40, 80, 160, 300, 300]);
});

test("asks nothing of a first failure, and of one long after the last", () => {
  assert.is(waitMs(undefined, 0), 0);
  const backOff = { delayMs: 80_000, at: 0 };
  assert.is(waitMs(backOff, 600_000), 80_000);
  assert.is(waitMs(backOff, 600_001), 0);
  assert.is(lengthen(backOff, 600_001, 600_001).delayMs, 10_000);
});

test("prints waits as Go does", () => {
  assert.equal([10_000, 80_000, 300_000].map(goDuration), ["10s", "1m20s", "5m0s"]);
});

import * as assert from "uvu/assert";
import { Pace } from "#actors/api-server/flow/pace.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("flow/pace");

test("a few requests begin, then the rest must wait until others were heard", () => {
  const breaths: (() => void)[] = [];
  let onward = 0;
  const pace = new Pace(
    (next) => void breaths.push(next),
    () => onward++,
  );
  const begun = (): number => Array.from({ length: 100 }, () => pace.take()).filter(Boolean).length;
  assert.equal([begun(), begun(), breaths.length], [16, 0, 1]);
  breaths.shift()?.();
  assert.equal([onward, begun(), breaths.length], [1, 16, 1]);
});

test("who needs not breathe begins everything", () => {
  const pace = new Pace(undefined, () => undefined);
  assert.ok(Array.from({ length: 100 }, () => pace.take()).every(Boolean));
});

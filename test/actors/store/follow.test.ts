import * as assert from "uvu/assert";
import { FloorWatch } from "#actors/store/follow.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("actors/store/follow");

/** A watch that has been given the sequences, each with as many pending as its place says. */
const given = (...places: readonly (readonly [sequence: number, pending: number])[]): FloorWatch => {
  const watch = new FloorWatch();
  watch.begins(0, 0);
  for (const [sequence, pending] of places) watch.given({ sequence, pending });
  return watch;
};

test("trusts what was given with nothing behind it", () => {
  assert.not.ok(given([1, 0], [2, 0]).mayHaveMissed(2, 3));
  assert.ok(given([1, 0], [2, 0]).mayHaveMissed(3, 4));
});

test("trusts a change once all that stood behind it has been given", () => {
  assert.not.ok(given([1, 1], [2, 5], [3, 5]).mayHaveMissed(1, 4), "the floor came after the one that stood behind 1");
  assert.ok(given([1, 2], [2, 5], [3, 5]).mayHaveMissed(2, 4), "what stood behind 2 has not all come");
});

test("does not trust a change behind which the floor itself may have stood", () => {
  assert.ok(given([1, 1]).mayHaveMissed(1, 2));
});

test("lets a floor pass that stood before the reading began at the start", () => {
  const watch = new FloorWatch();
  watch.begins(0, 10);
  assert.not.ok(watch.mayHaveMissed(8, 9));
});

test("refuses a floor that was raised above where the reading is resumed", () => {
  const watch = given([1, 0], [2, 0]);
  watch.begins(2, 10);
  assert.not.ok(watch.mayHaveMissed(2, 9));
  assert.ok(watch.mayHaveMissed(3, 9));
});

import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { SortedMap } from "#actors/api-server/cache/sorted-map.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/cache/sorted-map");
const commands = fc.array(fc.tuple(fc.constantFrom("set", "delete"), fc.string({ maxLength: 3 }), fc.nat()));

test("holds what a map holds, in the order of keys", () => {
  fc.assert(
    fc.property(commands, fc.string({ maxLength: 3 }), (steps, start) => {
      const sorted = new SortedMap<number>();
      const model = new Map<string, number>();
      for (const [what, key, value] of steps) {
        if (what === "set") {
          sorted.set(key, value);
          model.set(key, value);
        } else {
          sorted.delete(key);
          model.delete(key);
        }
      }
      const keys = [...model.keys()].toSorted((a, b) => (a < b ? -1 : 1));
      assert.equal([...sorted.keys()], keys);
      assert.equal(
        [...sorted.keys(start)],
        keys.filter((key) => key >= start),
      );
      assert.equal(
        [...sorted.values()],
        keys.map((key) => model.get(key)),
      );
      assert.is(sorted.size, model.size);
    }),
  );
});

test("keeps the order when it holds more than one chunk of keys, forwards and backwards", () => {
  const sorted = new SortedMap<number>();
  const keys = Array.from({ length: 3_000 }, (_, index) => String((index * 7_919) % 10_007).padStart(5, "0"));
  for (const [index, key] of keys.entries()) sorted.set(key, index);
  const ordered = keys.toSorted();
  assert.equal([...sorted.keys()], ordered);
  assert.equal(
    [...sorted.keys("05000")],
    ordered.filter((key) => key >= "05000"),
  );
  for (const key of keys.filter((_, index) => index % 3 > 0)) sorted.delete(key);
  const left = keys.filter((_, index) => index % 3 === 0).toSorted();
  assert.equal([...sorted.keys()], left);
  for (const key of left) sorted.delete(key);
  assert.equal([...sorted.keys()], []);
  assert.is(sorted.size, 0);
});

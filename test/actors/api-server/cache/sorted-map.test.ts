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

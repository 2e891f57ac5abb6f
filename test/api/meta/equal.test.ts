import * as fc from "fast-check";
import { deepEqual } from "#api/meta/equal.ts";
import { suite } from "#test/support/suite.ts";
import * as assert from "uvu/assert";

const test = suite("equal");

test("a value equals a copy of itself", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => deepEqual(value, JSON.parse(JSON.stringify(value)))));
});

test("it agrees with the sorted text of both values", () => {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]);
    return { entries };
  };
  const small = fc.jsonValue({ maxDepth: 2 });
  fc.assert(fc.property(small, small, (a, b) => deepEqual(a, b) === (JSON.stringify([sorted(a)]) === JSON.stringify([sorted(b)]))));
});

test("an undefined key counts as absent, on either side", () => {
  assert.ok(deepEqual({ a: 1, b: undefined }, { a: 1 }));
  assert.ok(deepEqual({ a: 1 }, { a: 1, b: undefined }));
  assert.not(deepEqual({ a: undefined }, { a: null }));
  assert.not(deepEqual({ a: 1, b: undefined }, { a: 1, c: 2 }));
});

test("arrays, objects and null are three kinds of things", () => {
  assert.not(deepEqual([], {}));
  assert.not(deepEqual({}, []));
  assert.not(deepEqual(null, {}));
  assert.not(deepEqual([1, 2], [2, 1]));
  assert.not(deepEqual([1], [1, 2]));
  assert.not(deepEqual({ constructor: 1 }, {}));
  assert.not(deepEqual({ hasOwnProperty: undefined, a: 1 }, { b: 1 }));
});

import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { expand } from "#actors/kubelet/environment/expand.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("expand");

const values = new Map([
  ["A", "1"],
  ["B", "$(A)"],
  ["EMPTY", ""],
]);
const text = (input: string): string => expand(input, values).text;

// upstream: third_party/forked/golang/expansion/expand_test.go
const CASES: readonly (readonly [string, string])[] = [
  ["$(A)", "1"],
  ["a-$(A)-$(A)", "a-1-1"],
  ["$(B)", "$(A)"],
  ["$(EMPTY)x", "x"],
  ["$(MISSING)", "$(MISSING)"],
  ["$$(A)", "$(A)"],
  ["$$$(A)", "$1"],
  ["$$$$(A)", "$$(A)"],
  ["$", "$"],
  ["$A", "$A"],
  ["$(A", "$(A"],
  ["$()", "$()"],
  ["a$$b", "a$b"],
];

for (const [input, output] of CASES) test(`expands ${input}`, () => assert.is(text(input), output));

test("names what it did not find", () => assert.equal(expand("$(X)$(A)$(Y)", values).missing, ["X", "Y"]));

test("leaves a text without dollar signs as it is", () => {
  fc.assert(fc.property(fc.string(), (any) => any.includes("$") || text(any) === any));
});

import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { estimatedCost } from "#api/cel/estimate.ts";
import { fromJson } from "#api/cel/json.ts";
import { compile, CompileError, evaluate } from "#api/cel/program.ts";
import { INT, listOf, mapOf, objectOf, STRING, type Type } from "#api/cel/types.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api/cel/estimate");

const text = (max: number): Type => ({ ...(STRING as Extract<Type, { is: "simple" }>), max });
const ITEM = objectOf("Item", { name: text(10), size: INT });
const SELF = objectOf("Self", {
  items: listOf(ITEM, 8),
  names: listOf(text(10), 8),
  word: text(20),
  map: mapOf(text(5), text(10), 4),
  any: STRING,
});
const environment = { variables: new Map([["self", SELF]]) };

const compiled = (expression: string) => {
  const program = compile(expression, environment);
  if (program instanceof CompileError) throw program;
  return program;
};

const cost = (expression: string): number => {
  const { expr, checked } = compiled(expression);
  return estimatedCost(expr, checked);
};

test("a constant costs nothing, a field two, a comparison one more", () => {
  assert.equal([cost("1"), cost("self.word"), cost("self.word.size()")], [0, 2, 3]);
});

test("loops cost what their body does, for the most items that there may be", () => {
  assert.is(cost("self.items.all(item, item.size > 0)"), 2 + 8 * (2 + 1 + 2));
  assert.ok(cost("self.items.all(a, self.items.all(b, a.name == b.name))") > 8 * 8 * 5);
});

test("a choice costs the dearer branch", () =>
  assert.is(cost("self.word == 'a' ? self.items[0].size : 1"), cost("self.word == 'a'") + cost("self.items[0].size")));

test("a text without a bound is as long as a request may be", () => {
  assert.ok(cost("self.any.contains('x')") > 300_000);
  assert.ok(cost("self.word.contains('x')") < 10);
});

const PARTS = [
  "self.items.all(item, item.name.startsWith('a') && item.size > 1)",
  "self.names.exists(name, name.contains('b'))",
  "self.names.all(a, self.names.exists_one(b, a == b))",
  "self.map.all(key, self.map[key].size() > 0)",
  "('x' in self.map)",
  "self.word.matches('^[a-z]+$')",
  "(self.word + self.word).size() > 3",
  "self.names.map(name, name + 'x').size() == 2",
];

test("what an expression costs when it runs is within its estimate", () => {
  const word = (maxLength: number) => fc.string({ unit: fc.constantFrom("a", "b", "x"), maxLength });
  const self = fc.record({
    items: fc.array(fc.record({ name: word(10), size: fc.nat(5) }), { maxLength: 8 }),
    names: fc.array(word(10), { maxLength: 8 }),
    word: word(20),
    map: fc.dictionary(word(5), word(10), { maxKeys: 4 }),
  });
  fc.assert(
    fc.property(self, fc.subarray(PARTS, { minLength: 1 }), (object, parts) => {
      const expression = parts.join(" || ");
      const outcome = evaluate(compiled(expression), () => fromJson(object));
      // Rounding adds up, once for each thing that is read.
      assert.ok(outcome.cost <= cost(expression) * 1.5 + 50, `${expression}: ${outcome.cost} > ${cost(expression)}`);
    }),
    { numRuns: 200 },
  );
});

import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { fromJson, toJson } from "#api/cel/json.ts";
import { compile, CompileError, evaluate } from "#api/cel/program.ts";
import { BOOL, DYN, INT, listOf, objectOf, STRING, type Type } from "#api/cel/types.ts";
import { CostExceeded, Optional, TypeName, Uint, type Value } from "#api/cel/values.ts";
import { suite } from "#test/support/suite.ts";
import { MORE, RESULTS } from "./results.ts";

const test = suite("api/cel/program");

const json = { spec: { replicas: 3, list: ["a", "b"], map: { x: 1, y: 2.5 }, at: "2026-01-02T03:04:05Z", nothing: null } };
const self = { a: 1, b: "x", list: ["p"] };
const SELF = objectOf("Self", { a: INT, b: STRING, list: listOf(STRING) });
const environment = {
  variables: new Map<string, Type>([
    ["object", DYN],
    ["self", SELF],
  ]),
  structs: (name: string): Type | undefined => (name.startsWith("Object") ? { is: "object", name, field: () => DYN } : undefined),
};
const values: { readonly [name: string]: Value } = { object: fromJson(json), self: fromJson(self) };

const plain = (value: Value): unknown => {
  if (value instanceof Uint) return `${value.value}u`;
  if (value instanceof TypeName) return value.name;
  if (value instanceof Optional) return value.value === undefined ? "none" : plain(value.value);
  return toJson(value);
};

/** What an expression gives: JSON, `error: …` or what the compiler says. */
const result = (text: string): unknown => {
  const program = compile(text, environment);
  if (program instanceof CompileError) return program.message;
  const outcome = evaluate(program, (name) => values[name]);
  return "error" in outcome ? `error: ${outcome.error.message}` : plain(outcome.value);
};

test("more functions", () => {
  for (const [text, wanted] of MORE) assert.equal(result(text), wanted, text);
});

for (const [about, rows] of Object.entries(RESULTS)) {
  test(about, () => {
    for (const [text, wanted] of rows) {
      assert.equal(result(text), wanted, text);
    }
  });
}

const at = (line: string, column: number, message: string): string =>
  `compilation failed: ERROR: <input>:1:${column}: ${message}\n | ${line}\n | ${".".repeat(column - 1)}^`;

test("mistakes are found before anything runs, in cel-go's words and at its places", () => {
  const mistakes: readonly (readonly [string, number, string])[] = [
    ["self.foo", 5, "undefined field 'foo'"],
    ["has(self.foo)", 4, "undefined field 'foo'"],
    ["self.a == 'x'", 8, "found no matching overload for '_==_' applied to '(int, string)'"],
    ["bogus(1)", 6, "undeclared reference to 'bogus' (in container '')"],
    ["foo", 1, "undeclared reference to 'foo' (in container '')"],
    ["self.b.startsWith(1)", 18, "found no matching overload for 'startsWith' applied to 'string.(int)'"],
    ["[1, 'a']", 5, "expected type 'int' but found 'string'"],
    ["has(self)", 5, "invalid argument to has() macro"],
    ["self.a.all(x, true)", 5, "expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)"],
    ["self.a.b", 7, "type 'int' does not support field selection"],
    ["for", 1, "reserved identifier: for"],
  ];
  for (const [text, column, message] of mistakes) assert.is(result(text), at(text, column, message));
});

test("every mistake is told, and a broken text where it breaks", () => {
  assert.match(String(result("self.foo && self.bar")), /'foo'[\s\S]*\nERROR: <input>:1:17: undefined field 'bar'/);
  assert.match(String(result("1 +")), /^compilation failed: ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' expecting/);
  assert.match(String(result("1 +\n # 2")), /ERROR: <input>:2:2: Syntax error: token recognition error at: '#'\n \|  # 2\n \| \.\^/);
});

test("an expression of another type than is asked for is refused", () => {
  const program = compile("1 + 1", environment, [BOOL]);
  assert.is(program instanceof CompileError && program.message, "must evaluate to bool");
});

const cost = (text: string, budget?: number) => {
  const program = compile(text, environment);
  if (program instanceof CompileError) throw program;
  return evaluate(program, (name) => values[name], budget);
};

test("a run ends when its budget does", () => {
  const many = "[1,2,3,4,5,6,7,8,9,10]";
  const nested = `${many}.all(a, ${many}.all(b, ${many}.all(c, ${many}.all(d, ${many}.all(e, ${many}.all(f, a + b + c + d + e + f > 0))))))`;
  const outcome = cost(nested);
  assert.ok("error" in outcome && outcome.error instanceof CostExceeded);
  assert.is("error" in outcome && outcome.error.message, "operation cancelled: actual cost limit exceeded");
  // The error is no value that || could swallow.
  assert.ok("error" in cost(`true && (${nested} || true)`));
  assert.ok("error" in cost("[1, 2].all(x, x > 0)", 5));
});

test("a pattern that would take ages elsewhere is searched in time that the budget bounds", () => {
  assert.ok("value" in cost(`'${"a".repeat(5_000)}!'.matches('^(a+)+$')`));
});

test("numbers with millions of digits are no numbers, at once", () => {
  const digits = `cel.bind(a, '${"9".repeat(1_000)}', cel.bind(b, a + a + a + a, b + b + b + b + b + b + b + b))`;
  for (const [call, said] of [
    [`int(${digits})`, "type conversion error"],
    [`quantity(${digits})`, "unable to parse quantity"],
    [`duration(${digits} + 's')`, "invalid duration"],
    [`semver(${digits} + '.0.0')`, "Invalid semver"],
    ["'x'.matches('((a{100}){100}){100}')", "error parsing regexp"],
  ] as const) {
    assert.match(String(result(call)), said);
  }
});

test("no text crashes the compiler, no program runs away", () => {
  const word = fc.constantFrom(
    ..."object self spec list a b 1 2u 'x' 1.5 . .? [ ] [? ( ) { } + - * / % == != < in && || ! ? : , all exists map filter has(".split(
      " ",
    ),
    "x",
    "optional.of(",
    "quantity(",
    "Object{",
    "duration(",
    ".size()",
    ".matches('a')",
    "null",
    "true",
    "dyn(",
  );
  const check = (text: string): void => {
    const program = compile(text, environment);
    if (!(program instanceof CompileError)) evaluate(program, (name) => values[name], 10_000);
  };
  fc.assert(
    fc.property(fc.array(word, { maxLength: 14 }), (words) => check(words.join(" "))),
    { numRuns: 800 },
  );
  fc.assert(fc.property(fc.string({ maxLength: 30 }), check), { numRuns: 300 });
  for (const deep of ["(", "[", "!", "-", "1+", "a.", "x?1:"]) check(`${deep.repeat(20_000)}1`);
});

test("random programs of random depth end: with a value, an error or no budget", () => {
  const { expr } = fc.letrec<{ expr: string }>((tie) => ({
    expr: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom("object.spec.list", "object.spec.map", "object.spec.replicas", "self.b", "[1, 2, 3]", "'abc'", "2", "{'k': 1}"),
      fc.tuple(tie("expr"), fc.constantFrom("+", "==", "in", "<", "&&"), tie("expr")).map(([a, op, b]) => `(dyn(${a}) ${op} dyn(${b}))`),
      fc
        .tuple(tie("expr"), fc.constantFrom("map", "filter", "all", "exists"), tie("expr"))
        .map(([a, macro, b]) => `dyn(${a}).${macro}(x, dyn(${b}))`),
      fc.tuple(tie("expr"), tie("expr")).map(([a, b]) => `cel.bind(y, ${a}, dyn(${b}))`),
    ),
  }));
  fc.assert(
    fc.property(expr, (text) => {
      const program = compile(text, environment);
      assert.ok(!(program instanceof CompileError), text);
      const outcome = evaluate(program, (name) => values[name], 50_000);
      assert.ok(outcome.cost <= 60_000 || "error" in outcome);
    }),
    { numRuns: 300 },
  );
});

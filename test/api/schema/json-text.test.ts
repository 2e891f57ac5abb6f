import { countKeys, JsonTextError, walkJson } from "#api/schema/json-text.ts";
import { suite } from "#test/support/suite.ts";
import * as fc from "fast-check";
import * as assert from "uvu/assert";

const test = suite("json-text");

const problem = (text: string): string | undefined => {
  try {
    walkJson(text);
    return undefined;
  } catch (error) {
    if (error instanceof JsonTextError) return error.message;
    throw error;
  }
};

const keysOf = (value: unknown): number => {
  if (typeof value !== "object" || value === null) return 0;
  const inner = Object.values(value).reduce((sum: number, item) => sum + keysOf(item), 0);
  return inner + (Array.isArray(value) ? 0 : Object.keys(value).length);
};

test("it accepts what JSON.parse accepts, and counts the keys", () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(3), (text, indent) => {
      const written = JSON.stringify(JSON.parse(text), undefined, indent);
      assert.is(problem(written), undefined);
      assert.is(countKeys(written), keysOf(JSON.parse(text)));
    }),
  );
});

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

test("it refuses what JSON.parse refuses", () => {
  const broken = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom("", '"', "{", "}", "[", "]", ",", ":", "\\", "x", "1", "\n", "-", "."))
    .map(([text, at, char]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + char + text.slice(place + 1);
    });
  fc.assert(
    fc.property(broken, (text) => (problem(text) === undefined) === parses(text)),
    { numRuns: 1000 },
  );
});

const wrong: readonly (readonly [string, string])[] = [
  ["", "unexpected end of JSON input"],
  ["{", "unexpected end of JSON input"],
  ['"abc', "unexpected end of JSON input"],
  ["x", "invalid character 'x' looking for beginning of value"],
  ["'", String.raw`invalid character '\'' looking for beginning of value`],
  ["\u00e9", "invalid character '\u00c3' looking for beginning of value"],
  ["[1,]", "invalid character ']' looking for beginning of value"],
  ["[1 2]", "invalid character '2' after array element"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ["{a:1}", "invalid character 'a' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
  ['"\n"', String.raw`invalid character '\n' in string literal`],
  [String.raw`"\x"`, "invalid character 'x' in string escape code"],
  [String.raw`"\u12G4"`, String.raw`invalid character 'G' in \u hexadecimal character escape`],
  ["-x", "invalid character 'x' in numeric literal"],
  ["1.x", "invalid character 'x' after decimal point in numeric literal"],
  ["1e+x", "invalid character 'x' in exponent of numeric literal"],
  ["trux", "invalid character 'x' in literal true (expecting 'e')"],
  ["null x", "invalid character 'x' after top-level value"],
  ["01", "invalid character '1' after top-level value"],
];

test("mistakes are named in Go's words", () => {
  for (const [text, message] of wrong) assert.is(problem(text), message, text);
});

test("it visits keys in the order written, and says which came again", () => {
  const visited: string[] = [];
  walkJson('{"b": {"x": 1, "x": 2}, "a": [{"k\\"": 1}, {"k": {}, "k": 0}], "b": 3, "10": 1, "9": 2}', (path, again) =>
    visited.push(`${path}${again ? "!" : ""}`),
  );
  assert.equal(visited, ["b", "b.x", "b.x!", "a", 'a[0].k"', "a[1].k", "a[1].k!", "b!", "10", "9"]);
});

test("nesting, however deep, does not overflow", () => {
  assert.is(problem("[".repeat(200_000) + "]".repeat(200_000)), undefined);
  assert.is(problem("[".repeat(200_000)), "unexpected end of JSON input");
});

test("colons and quotes inside strings are no keys", () => {
  assert.is(countKeys(String.raw`{"a\\": "x\": \\\"", "b" : ":", "c":[":", "d"]}`), 3);
  assert.is(countKeys("[1, true]"), 0);
});

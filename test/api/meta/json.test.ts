import { goKind, goPrint, isJsonObject, setKey } from "#api/meta/json.ts";
import { suite } from "#test/support/suite.ts";
import * as assert from "uvu/assert";

const test = suite("json");

test("values print as Go prints them", () => {
  assert.is(goPrint({ b: [1, "x"], a: { c: null } }), "map[a:map[c:<nil>] b:[1 x]]");
  assert.is(goPrint(true), "true");
  assert.equal([null, undefined, [], {}, "a", 1, true].map(goKind), ["null", "null", "array", "object", "string", "number", "bool"]);
  assert.not(isJsonObject([]));
});

test("a field called __proto__ is a field like any other", () => {
  const object = {};
  setKey(object, "__proto__", { polluted: true });
  setKey(object, "a", 1);
  assert.equal(Object.keys(object), ["__proto__", "a"]);
  assert.is(({} as { polluted?: boolean }).polluted, undefined);
  assert.is(Object.getPrototypeOf(object), Object.prototype);
});

import { matchesFields, parseFieldSelector } from "#api/meta/field-selector.ts";
import { suite } from "#test/support/suite.ts";
import * as fc from "fast-check";
import * as assert from "uvu/assert";

const test = suite("field-selector");

test("terms are read, sorted, and == is =", () => {
  assert.equal(parseFieldSelector("status.phase!=Failed,spec.nodeName=worker-1,metadata.name==a"), [
    { field: "metadata.name", op: "=", value: "a" },
    { field: "spec.nodeName", op: "=", value: "worker-1" },
    { field: "status.phase", op: "!=", value: "Failed" },
  ]);
  assert.equal(parseFieldSelector(""), []);
  assert.equal(parseFieldSelector(",,"), []);
  assert.equal(parseFieldSelector("a="), [{ field: "a", op: "=", value: "" }]);
});

const message = (text: string) => {
  try {
    parseFieldSelector(text);
    return "no error";
  } catch (error) {
    return (error as Error).message;
  }
};

test("mistakes are named in upstream's words", () => {
  assert.is(message("a=b,c"), "invalid selector: 'a=b,c'; can't understand 'c'");
  assert.is(message("a=b=c"), "invalid field selector: unescaped character in value: 61");
  assert.is(message(String.raw`a=b\c`), String.raw`invalid field selector: invalid escape sequence: \c`);
  assert.is(message("a=b\\"), "invalid field selector: invalid escape sequence: \\");
});

const escaped = (text: string) => text.replaceAll(/[\\,=]/g, String.raw`\$&`);

test("an escaped value comes back as it was", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      const terms = parseFieldSelector(`x=${escaped(a)},y!=${escaped(b)}`);
      assert.equal(terms, [
        { field: "x", op: "=", value: a },
        { field: "y", op: "!=", value: b },
      ]);
    }),
  );
});

test("all terms must hold, and an absent field is empty", () => {
  const terms = parseFieldSelector("a=1,b!=2");
  assert.ok(matchesFields(terms, { a: "1" }));
  assert.ok(matchesFields([], {}));
  assert.not(matchesFields(terms, { a: "1", b: "2" }));
  assert.not(matchesFields(terms, { b: "3" }));
  assert.ok(matchesFields(parseFieldSelector("a="), {}));
});

import * as errors from "#api/meta/field-error.ts";
import { suite } from "#test/support/suite.ts";
import * as assert from "uvu/assert";

const test = suite("field-error");

test("each reason has upstream's words", () => {
  const f = "spec.a";
  assert.equal(errors.required(f), { reason: "FieldValueRequired", field: f, message: "Required value" });
  assert.equal(errors.required(f, "must say"), { reason: "FieldValueRequired", field: f, message: "Required value: must say" });
  assert.is(errors.invalidValue(f, "x", "must be y").message, 'Invalid value: "x": must be y');
  assert.is(
    errors.invalidValue(f, -1, "must be greater than or equal to 0").message,
    "Invalid value: -1: must be greater than or equal to 0",
  );
  assert.is(errors.invalidValue(f, { a: "b" }, "field is immutable").message, 'Invalid value: {"a":"b"}: field is immutable');
  assert.is(errors.invalidValue(f, null, "x").message, 'Invalid value: "null": x');
  assert.is(errors.invalidValue(f, undefined, "x").message, 'Invalid value: "null": x');
  assert.is(errors.invalidValue(f, errors.NO_MAP, "x").message, "Invalid value: null: x");
  assert.equal(errors.typeInvalid(f, true, "no"), { reason: "FieldValueTypeInvalid", field: f, message: "Invalid value: true: no" });
  assert.equal(errors.notSupported(f, "x", ["a", "b"]), {
    reason: "FieldValueNotSupported",
    field: f,
    message: 'Unsupported value: "x": supported values: "a", "b"',
  });
  assert.is(errors.notSupported(f, "x", []).message, 'Unsupported value: "x"');
  assert.equal(errors.forbiddenField(f, "no"), { reason: "FieldValueForbidden", field: f, message: "Forbidden: no" });
  assert.equal(errors.duplicate(f, "x"), { reason: "FieldValueDuplicate", field: f, message: 'Duplicate value: "x"' });
  assert.equal(errors.valueNotFound(f, "x"), { reason: "FieldValueNotFound", field: f, message: 'Not found: "x"' });
  assert.equal(errors.tooLong(f, 63), { reason: "FieldValueTooLong", field: f, message: "Too long: may not be more than 63 bytes" });
  assert.equal(errors.tooMany(f, 5, 3), { reason: "FieldValueTooMany", field: f, message: "Too many: 5: must have at most 3 items" });
});

test("texts are quoted as Go quotes them", () => {
  assert.is(errors.quoted('a"b\\c'), String.raw`"a\"b\\c"`);
  assert.is(errors.quoted("a\n\t\r\0\x07\x7f"), String.raw`"a\n\t\r\x00\a\x7f"`);
  assert.is(errors.quoted("gr\u00fc\u00df \u4e16"), '"gr\u00fc\u00df \u4e16"');
  assert.is(errors.quoted("\u00a0\ufeff"), String.raw`"\u00a0\ufeff"`);
  assert.is(errors.quoted("\u{10ffff}"), String.raw`"\U0010ffff"`);
});

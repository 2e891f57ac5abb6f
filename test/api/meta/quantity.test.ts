import * as q from "#api/meta/quantity.ts";
import { suite } from "#test/support/suite.ts";
import * as fc from "fast-check";
import * as assert from "uvu/assert";

const test = suite("quantity");

const canonical: readonly (readonly [string, string])[] = [
  ["0", "0"],
  ["0Ki", "0"],
  ["-0", "0"],
  ["1", "1"],
  ["1000m", "1"],
  ["100m", "100m"],
  ["1.5", "1500m"],
  ["0.5", "500m"],
  [".5", "500m"],
  ["5.", "5"],
  ["+5", "5"],
  ["007", "7"],
  ["1500", "1500"],
  ["2000", "2k"],
  ["1234000M", "1234G"],
  ["1024", "1024"],
  ["1024Mi", "1Gi"],
  ["1.5Gi", "1536Mi"],
  ["0.5Gi", "512Mi"],
  ["0.0001Gi", "107374182400u"],
  ["1000Ki", "1000Ki"],
  ["1.5Ki", "1536"],
  ["1Ki", "1Ki"],
  ["0.5Ki", "512"],
  ["-2048Ki", "-2Mi"],
  ["1.1Ki", "1126400m"],
  ["8Ei", "9223372036854775807"],
  ["7Ei", "7Ei"],
  ["1e3", "1e3"],
  ["1E3", "1e3"],
  ["12e2", "1200"],
  ["1.5e3", "1500"],
  ["1e-3", "1e-3"],
  ["100e-3", "100e-3"],
  ["1E", "1E"],
  ["9E6", "9e6"],
  ["1e-10", "1e-9"],
  ["0.1n", "1n"],
  ["-0.1n", "-1n"],
  ["1.0000000001", "1000000001n"],
  ["1e-1000000", "1e-9"],
  ["5000E", "5000E"],
];

test("each text has its canonical form", () => {
  for (const [text, expected] of canonical) assert.is(q.canonicalQuantity(text), expected, text);
});

test("what is not a quantity is refused in upstream's words", () => {
  const format = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  const suffix = "unable to parse quantity's suffix";
  for (const text of ["", "1.1.M", "1+1.0M", "aoeu", " 1", "1 ", "1b", "0x1", "1,5"]) assert.is(q.quantityProblem(text), format, text);
  for (const text of ["0.1mi", ".5i", "1i", "-3.01i", "-3.01e-", "1KiB".slice(0, 2), "1mm", "1e9999", "1K"])
    assert.is(q.quantityProblem(text), suffix, text);
  assert.is(q.quantityProblem("1".repeat(1001)), format);
  assert.is(q.quantityProblem("1Gi"), undefined);
  assert.throws(
    () => q.parseQuantity("x"),
    (error: unknown) => error instanceof q.QuantityError,
  );
});

test("values are whole and round away from zero", () => {
  assert.is(q.quantityValue("1100m"), 2);
  assert.is(q.quantityValue("-1100m"), -2);
  assert.is(q.quantityValue("1Gi"), 1073741824);
  assert.is(q.milliValue("0.1"), 100);
  assert.is(q.milliValue("1n"), 1);
  assert.is(q.milliValue(q.milliQuantity(250)), 250);
});

test("a sum keeps the suffixes of its first part that is not zero", () => {
  assert.is(q.canonicalQuantity(q.addQuantities("1Gi", "1000")), "1073742824");
  assert.is(q.canonicalQuantity(q.addQuantities("0", "1Gi")), "1Gi");
  assert.is(q.canonicalQuantity(q.addQuantities("100m", "900m")), "1");
  assert.is(q.canonicalQuantity(q.subtractQuantities("1", "1500m")), "-500m");
  assert.is(q.canonicalQuantity(q.quantityOf(1024, "BinarySI")), "1Ki");
});

const suffixes = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e3", "E-2", "e+1"];
const text = fc
  .tuple(fc.constantFrom("", "+", "-"), fc.stringMatching(/^\d{1,6}(\.\d{0,6})?$/), fc.constantFrom(...suffixes))
  .map((parts) => parts.join(""));

test("canonical text means the same amount and is its own canonical text", () => {
  fc.assert(
    fc.property(text, (written) => {
      const printed = q.canonicalQuantity(written);
      return q.compareQuantities(printed, written) === 0 && q.canonicalQuantity(printed) === printed;
    }),
  );
});

test("order is total and agrees with subtraction", () => {
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      const ab = q.compareQuantities(a, b);
      assert.is(ab + q.compareQuantities(b, a), 0);
      assert.is(ab, q.compareQuantities(q.subtractQuantities(a, b), "0"));
      if (ab <= 0 && q.compareQuantities(b, c) <= 0) assert.ok(q.compareQuantities(a, c) <= 0);
    }),
  );
});

test("addition commutes, associates and is undone by subtraction", () => {
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      const { addQuantities: add, compareQuantities: compare } = q;
      assert.is(compare(add(a, b), add(b, a)), 0);
      assert.is(compare(add(add(a, b), c), add(a, add(b, c))), 0);
      assert.is(compare(q.subtractQuantities(add(a, b), b), a), 0);
    }),
  );
});

test("whole values agree with exact arithmetic", () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), (n) => q.quantityValue(`${n}m`) === Math.sign(n) * Math.ceil(Math.abs(n) / 1000)),
  );
});

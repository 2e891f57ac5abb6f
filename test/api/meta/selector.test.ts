import { parseInt64 } from "#api/meta/int64.ts";
import * as selectors from "#api/meta/selector.ts";
import { ApiError } from "#api/meta/status.ts";
import { suite } from "#test/support/suite.ts";
import * as fc from "fast-check";
import * as assert from "uvu/assert";

const test = suite("selector");
const { formatSelector, matches, parseLabelSelector, selectorOf } = selectors;

const key = fc.constantFrom("a", "b", "app.kubernetes.io/name");
const value = fc.constantFrom("", "1", "2", "x", "in");
const labels = fc.dictionary(key, value);
const requirement = fc.oneof(
  fc.tuple(key, fc.constantFrom("=", "==", "!=")).chain(([k, op]) => value.map((v) => `${k}${op}${v}`)),
  fc.tuple(key, fc.constantFrom("in", "notin"), fc.array(value, { maxLength: 3 })).map(([k, op, vs]) => `${k} ${op} (${vs.join(",")})`),
  fc.tuple(key, fc.constantFrom(">", "<"), fc.constantFrom("1", "2")).map((parts) => parts.join("")),
  key,
  key.map((k) => `!${k}`),
);
const text = fc.array(requirement, { maxLength: 4 }).map((parts) => parts.join(","));

const yes = (selector: string, set: selectors.Labels) =>
  assert.ok(matches(parseLabelSelector(selector), set), `${selector} ${JSON.stringify(set)}`);
const no = (selector: string, set: selectors.Labels) =>
  assert.not(matches(parseLabelSelector(selector), set), `${selector} ${JSON.stringify(set)}`);

test("each operator matches as documented", () => {
  yes("", {});
  yes("a=x", { a: "x" });
  no("a=x", {});
  yes("a==x", { a: "x" });
  yes("a!=x", {});
  no("a!=x", { a: "x" });
  yes("a in (x,y)", { a: "y" });
  no("a in (x,y)", {});
  yes("a notin (x,y)", {});
  no("a notin (x,y)", { a: "x" });
  yes("a", { a: "" });
  no("a", {});
  yes("!a", {});
  no("!a", { a: "" });
  yes("a=", { a: "" });
  no("a=", {});
  yes("a>5", { a: "6" });
  no("a>5", { a: "5" });
  no("a>5", {});
  no("a>5", { a: "x" });
  yes("a<9223372036854775807", { a: "9223372036854775806" });
  no("constructor", {});
  yes("x in (foo,,baz),y,z notin ()", { x: "", y: "1", z: "2" });
  no("x in (foo,,baz),y,z notin ()", { x: "", y: "1", z: "" });
  yes("in=in,notin", { in: "in", notin: "" });
});

test("blanks mean nothing and the order of terms is lost", () => {
  assert.is(formatSelector(parseLabelSelector(" b = 2 ,\ta in ( y , x , x ) , !c ")), "a in (x,y),b=2,!c");
});

const errors: readonly (readonly [string, string])[] = [
  ["a,", "found '', expected: identifier after ','"],
  ["a,,b", "found ',', expected: identifier after ','"],
  [",a", "found ',', expected: !, identifier, or 'end of string'"],
  ["=a", "found '=', expected: !, identifier, or 'end of string'"],
  ["a=b=c", "found '=', expected: ',' or 'end of string'"],
  ["a=b c", "found 'c', expected: ',' or 'end of string'"],
  ["!", "unable to parse requirement: found '', expected: identifier"],
  ["x y", "unable to parse requirement: found 'y', expected: in, notin, =, ==, !=, gt, lt"],
  ["x in", "unable to parse requirement: found '' expected: '('"],
  ["x in (", "unable to parse requirement: found '', expected: ',', ')' or identifier"],
  ["x in (a", "unable to parse requirement: found '', expected: ',' or ')'"],
  ["x in (a b)", "unable to parse requirement: found 'b', expected: ',' or ')'"],
  ["x in (a,=)", "unable to parse requirement: found '=', expected: ',', or identifier"],
  ["x=!", "unable to parse requirement: found '!', expected: identifier"],
  ["x>a", "unable to parse requirement: values[0]: Invalid value: \"a\": for 'Gt', 'Lt' operators, the value must be an integer"],
  ["a$=b", 'unable to parse requirement: <nil>: Invalid value: "a$": name part must consist of'],
  ["a=b$", 'unable to parse requirement: values[0][a]: Invalid value: "b$": a valid label must be an empty string or consist of'],
  ["a in (b$,c$)", 'unable to parse requirement: [values[0][a]: Invalid value: "b$": a valid label'],
];

test("each mistake is named in upstream's words", () => {
  for (const [selector, message] of errors) {
    try {
      parseLabelSelector(selector);
      assert.unreachable(selector);
    } catch (error) {
      assert.instance(error, ApiError, selector);
      assert.is((error as ApiError).code, 400);
      assert.ok((error as ApiError).message.startsWith(message), `${selector}: ${(error as ApiError).message}`);
    }
  }
});

test("what is printed reads back as the same selector", () => {
  fc.assert(
    fc.property(text, labels, (selector, set) => {
      const parsed = parseLabelSelector(selector);
      const again = parseLabelSelector(formatSelector(parsed));
      return formatSelector(again) === formatSelector(parsed) && matches(again, set) === matches(parsed, set);
    }),
  );
});

test("a comma is a conjunction, and its sides may be exchanged", () => {
  fc.assert(
    fc.property(requirement, requirement, labels, (a, b, set) => {
      const both = matches(parseLabelSelector(`${a},${b}`), set);
      const each = matches(parseLabelSelector(a), set) && matches(parseLabelSelector(b), set);
      return both === each && both === matches(parseLabelSelector(`${b},${a}`), set);
    }),
  );
});

test("notin is the complement of in, and != of =", () => {
  fc.assert(
    fc.property(key, fc.array(value, { maxLength: 3 }), labels, (k, values, set) => {
      const list = `(${values.join(",")})`;
      return matches(parseLabelSelector(`${k} in ${list}`), set) !== matches(parseLabelSelector(`${k} notin ${list}`), set);
    }),
  );
  fc.assert(
    fc.property(
      key,
      value,
      labels,
      (k, v, set) => matches(parseLabelSelector(`${k}=${v}`), set) !== matches(parseLabelSelector(`${k}!=${v}`), set),
    ),
  );
});

test("an absent selector selects nothing, an empty one everything", () => {
  assert.not(matches(selectorOf(undefined), {}));
  assert.not(matches(selectors.nothing(), { a: "b" }));
  assert.ok(matches(selectorOf({}), { a: "b" }));
  assert.ok(matches(selectors.everything(), undefined));
  assert.ok(matches(selectors.selectorOfLabels(undefined), { a: "b" }));
});

test("labels and expressions of an object's selector hold together", () => {
  const selector = selectorOf({
    matchLabels: { app: "web" },
    matchExpressions: [
      { key: "tier", operator: "In", values: ["b", "a"] },
      { key: "old", operator: "DoesNotExist" },
      { key: "app", operator: "Exists" },
      { key: "zone", operator: "NotIn", values: ["z"] },
    ],
  });
  assert.is(formatSelector(selector), "app=web,app,!old,tier in (a,b),zone notin (z)");
  assert.ok(matches(selector, { app: "web", tier: "a" }));
  assert.not(matches(selector, { app: "web", tier: "c" }));
  assert.throws(() => selectorOf({ matchExpressions: [{ key: "a", operator: "Gt" }] }), /"Gt" is not a valid label selector operator/);
});

test("64-bit integers are read as Go reads them", () => {
  assert.is(parseInt64("+7"), 7n);
  assert.is(parseInt64("-9223372036854775808"), -(2n ** 63n));
  assert.is(parseInt64("9223372036854775808"), undefined);
  assert.is(parseInt64(""), undefined);
  assert.is(parseInt64("1.0"), undefined);
});

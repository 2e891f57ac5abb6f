import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { compacted, ruleText, uncovered } from "#actors/api-server/authz/covers.ts";
import { pathRule, rule } from "#actors/api-server/authz/policy/rule.ts";
import { ruleAllows } from "#actors/api-server/authz/rules.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("authz/covers");
const left = (held: Parameters<typeof uncovered>[0], wanted: Parameters<typeof uncovered>[1]) =>
  compacted(uncovered(held, wanted)).map(ruleText);

test("covers what one of the rules held covers, part by part", () => {
  const held = [rule("get list", "core", "pods"), rule("get", "apps", "deployments")];
  assert.equal(left(held, [rule("get", "core", "pods"), rule("get", "apps", "deployments")]), []);
  assert.equal(left(held, [rule("get delete watch", "core", "pods")]), ['{APIGroups:[""], Resources:["pods"], Verbs:["delete" "watch"]}']);
  assert.equal(left(held, [rule("get", "core", "pods secrets")]), ['{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}']);
});

test("covers everything by asterisks, and asterisks by asterisks only", () => {
  assert.equal(left([rule("*", "*", "*")], [rule("*", "*", "*"), rule("get", "x", "y/z", "n")]), []);
  assert.equal(left([rule("get", "core", "pods")], [rule("*", "core", "pods")]), ['{APIGroups:[""], Resources:["pods"], Verbs:["*"]}']);
  assert.equal(left([rule("get", "core", "*/scale")], [rule("get", "core", "deployments/scale")]), []);
});

test("covers names by the same names, or by no names at all", () => {
  const one = rule("get", "core", "secrets", "a");
  assert.equal(left([rule("get", "core", "secrets")], [one]), []);
  assert.equal(left([one], [one]), []);
  assert.equal(left([one], [rule("get", "core", "secrets", "a b")]), [
    '{APIGroups:[""], Resources:["secrets"], ResourceNames:["b"], Verbs:["get"]}',
  ]);
  assert.is(left([one], [rule("get", "core", "secrets")]).length, 1);
});

test("covers paths by prefixes", () => {
  assert.equal(left([pathRule("get", "/a/*")], [pathRule("get", "/a/b /a/*")]), []);
  assert.equal(left([pathRule("get", "/a/b")], [pathRule("get", "/a/*")]), ['{NonResourceURLs:["/a/*"], Verbs:["get"]}']);
  assert.is(left([rule("*", "*", "*")], [pathRule("get", "/a")]).length, 1);
});

test("whatever is covered allows nothing that the rules held do not allow", () => {
  const words = (all: string) => fc.subarray(all.split(" "), { minLength: 1 }).map((list) => list.join(" "));
  const rules = fc.tuple(
    words("get list *"),
    words("core apps *"),
    words("pods pods/log secrets * */log"),
    fc.constantFrom("", "a", "a b"),
  );
  const anyRule = rules.map(([verbs, group, resources, names]) => rule(verbs, group, resources, names));
  const request = fc.record({
    verb: fc.constantFrom("get", "list", "delete"),
    group: fc.constantFrom("", "apps", "x"),
    resource: fc.constantFrom("pods", "secrets", "y"),
    subresource: fc.constantFrom("", "log"),
    name: fc.constantFrom("", "a", "b"),
  });
  fc.assert(
    fc.property(fc.array(anyRule, { maxLength: 3 }), anyRule, request, (held, wanted, asked) => {
      const attributes = { ...asked, version: "v1" };
      if (uncovered(held, [wanted]).length > 0 || !ruleAllows(wanted, attributes)) return true;
      return held.some((one) => ruleAllows(one, attributes));
    }),
    { numRuns: 500 },
  );
});

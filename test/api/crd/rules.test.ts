import * as assert from "uvu/assert";
import { ruleDefinitionErrors } from "#api/crd/rule-definitions.ts";
import { escapeName } from "#api/crd/rule-types.ts";
import { ruleErrors } from "#api/crd/rules.ts";
import type { Schema } from "#api/crd/schema.ts";
import type { V1ValidationRule } from "#api/generated/types.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api/crd/rules");

const FIELDS: { readonly [name: string]: Schema } = {
  replicas: { type: "integer" },
  ratio: { type: "number" },
  port: { "x-kubernetes-int-or-string": true },
  mode: { type: "string", enum: ["fast", "slow"] },
  since: { type: "string", format: "date-time" },
  wait: { type: "string", format: "duration" },
  "max-size": { type: "integer" },
  maybe: { type: "string", nullable: true, maxLength: 10 },
  names: { type: "array", maxItems: 5, "x-kubernetes-list-type": "set", items: { type: "string", maxLength: 10 } },
  labels: { type: "object", maxProperties: 5, additionalProperties: { type: "string", maxLength: 10 } },
  free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
};

const withRules = (rules: readonly (string | V1ValidationRule)[], more: { readonly [name: string]: Schema } = {}): Schema => ({
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: { ...FIELDS, ...more },
      "x-kubernetes-validations": rules.map((rule) => (typeof rule === "string" ? { rule } : rule)),
    },
  },
});

const object = (spec: unknown) => ({ apiVersion: "a.b/v1", kind: "K", metadata: { name: "n" }, spec });

const broken = (rules: readonly (string | V1ValidationRule)[], spec: unknown, old?: unknown): readonly string[] => {
  const schema = withRules(rules);
  assert.equal([...ruleDefinitionErrors(schema, "schema")], []);
  return ruleErrors(object(spec), old === undefined ? undefined : object(old), schema).map(({ field, message }) => `${field}: ${message}`);
};

const spec = {
  replicas: 3,
  ratio: 2,
  port: "http",
  mode: "fast",
  since: "2026-01-02T03:04:05Z",
  wait: "90s",
  "max-size": 5,
  maybe: null,
  names: ["a", "b"],
  labels: { x: "1" },
};

test("rules see values as their schema types them", () => {
  const rules = [
    "self.replicas > 2 && self.replicas % 2 == 1",
    "self.ratio == 2.0 && self.ratio / 4.0 == 0.5",
    "type(self.port) == string ? self.port == 'http' : self.port > 0",
    "self.since < timestamp('2027-01-01T00:00:00Z')",
    "self.wait == duration('1m30s')",
    "self.max__dash__size == 5",
    "has(self.maybe) && dyn(self.maybe) == null",
    "self.names.all(name, name.size() == 1) && 'a' in self.names",
    "self.names == ['b', 'a']",
    "(self.names + ['c', 'a']).size() == 3",
    "self.labels['x'] == '1' && self.labels.all(key, key == 'x')",
  ];
  assert.equal(broken(rules, spec), []);
});

test("a rule that fails says so where its value stands", () => {
  assert.equal(broken(["self.replicas > 5"], spec), ['spec: Invalid value: "object": failed rule: self.replicas > 5']);
  assert.equal(broken([{ rule: "self.replicas > 5", message: "too few" }], spec), ['spec: Invalid value: "object": too few']);
  const told = { rule: "self.replicas > 5", messageExpression: "'has ' + string(self.replicas)" };
  assert.equal(broken([told], spec), ['spec: Invalid value: "object": has 3']);
  const placed = { rule: "self.replicas > 5", message: "no", fieldPath: ".replicas", reason: "FieldValueForbidden" };
  assert.equal(broken([placed], spec), ["spec.replicas: Forbidden: no"]);
});

test("a rule whose message cannot be made falls back on its text", () => {
  const rule = { rule: "self.replicas > 5", messageExpression: "self.labels['none']", message: "plain" };
  assert.equal(broken([rule], spec), ['spec: Invalid value: "object": plain']);
});

test("an error while a rule runs is an error of the value", () => {
  assert.equal(broken(["self.labels['none'] == 'x'"], spec), [
    `spec: Invalid value: "object": no such key: none evaluating rule: self.labels['none'] == 'x'`,
  ]);
  assert.match(broken(["self.port > 5"], spec)[0] ?? "", /'no such overload': call arguments did not match a supported operator/);
});

test("rules that compare run only where there is something to compare with", () => {
  assert.equal(broken(["self.replicas >= oldSelf.replicas"], { replicas: 1 }), []);
  assert.equal(broken(["self.replicas >= oldSelf.replicas"], { replicas: 1 }, { replicas: 2 }).length, 1);
  const optional = { rule: "oldSelf.hasValue() || self.replicas == 1", optionalOldSelf: true };
  assert.equal(broken([optional], { replicas: 2 }).length, 1);
  assert.equal(broken([optional], { replicas: 2 }, { replicas: 3 }), []);
});

test("what was wrong before and did not change is let pass", () => {
  assert.equal(broken(["self.replicas > 5"], { replicas: 3 }, { replicas: 3 }), []);
  assert.equal(broken(["self.replicas > 5"], { replicas: 3 }, { replicas: 4 }).length, 1);
});

test("an old value of another type than the schema has now is read as what it is", () => {
  const rules = ["type(oldSelf.replicas) == string", "dyn(oldSelf.since) == 5", "dyn(oldSelf.names) == 'none'"];
  assert.equal(broken(rules, spec, { replicas: "many", since: 5, names: "none", labels: 7 }), []);
});

test("items of a list with keys have a past, those of others none", () => {
  const item: Schema = {
    type: "object",
    required: ["name"],
    properties: { name: { type: "string", maxLength: 5 }, size: { type: "integer" } },
    "x-kubernetes-validations": [{ rule: "self.size >= oldSelf.size" }],
  };
  const list = (type: string): Schema => ({
    type: "object",
    properties: {
      items: {
        type: "array",
        maxItems: 5,
        items: item,
        "x-kubernetes-list-type": type,
        ...(type === "map" ? { "x-kubernetes-list-map-keys": ["name"] } : {}),
      },
    },
  });
  const of = (...sizes: readonly (readonly [string, number])[]) => ({ items: sizes.map(([name, size]) => ({ name, size })) });
  const errors = ruleErrors(of(["a", 1], ["b", 5]), of(["b", 4], ["a", 2]), list("map"));
  assert.equal(
    errors.map(({ field }) => field),
    ["items[0]"],
  );
  const [fault] = ruleDefinitionErrors(list("atomic"), "schema");
  assert.match(fault?.message ?? "", "oldSelf cannot be used on the uncorrelatable portion of the schema within schema.properties[items]");
});

const faults = (rule: string | V1ValidationRule, more?: { readonly [name: string]: Schema }): readonly string[] =>
  [...ruleDefinitionErrors(withRules([rule], more), "schema")].map(({ field, message }) => `${field}: ${message}`);
const AT = "schema.properties[spec].x-kubernetes-validations[0]";

test("a definition with a rule that cannot run is refused in upstream's words", () => {
  assert.equal(faults("self.foo > 1"), [
    `${AT}.rule: Invalid value: "self.foo > 1": compilation failed: ERROR: <input>:1:5: undefined field 'foo'\n | self.foo > 1\n | ....^`,
  ]);
  assert.equal(faults("self.replicas"), [`${AT}.rule: Invalid value: "self.replicas": cel expression must evaluate to a bool`]);
  assert.match(faults("self.free.x == 1")[0] ?? "", "undefined field 'free'");
  assert.equal(faults(" "), [`${AT}.rule: Required value: rule is not specified`]);
  assert.match(
    faults({ rule: "true", messageExpression: "1" })[0] ?? "",
    `${AT}.messageExpression: Invalid value: "1": must evaluate to string`,
  );
  assert.match(faults({ rule: "true", reason: "Because" })[0] ?? "", `${AT}.reason: Unsupported value: "Because"`);
  assert.match(faults({ rule: "true", fieldPath: ".nowhere" })[0] ?? "", "does not refer to a valid field");
  assert.match(faults({ rule: "true", optionalOldSelf: true })[0] ?? "", "may not be set if oldSelf is not used in rule");
});

test("a rule that may cost too much is refused, one with bounds is not", () => {
  const unbounded: Schema = { type: "array", items: { type: "string" } };
  const rule = "self.many.all(a, self.many.all(b, a == b))";
  assert.match(
    faults(rule, { many: unbounded })[0] ?? "",
    /rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x \(try/,
  );
  assert.equal(faults(rule, { many: { type: "array", maxItems: 10, items: { type: "string", maxLength: 10 } } }), []);
});

test("all rules of an object share one budget", () => {
  const heavy = "self.names.all(a, self.names.all(b, self.names.all(c, self.names.all(d, a + b + c + d != ''))))";
  const names = Array.from({ length: 60 }, (_, at) => `n${at}`);
  const errors = ruleErrors(object({ names }), undefined, withRules([heavy, "self.names.size() == 0"]));
  assert.equal(errors.length, 1);
  assert.match(errors[0]?.message ?? "", /'operation cancelled: actual cost limit exceeded': no further validation rules will be run/);
});

test("names that are no names are escaped", () => {
  assert.equal(["a.b", "a-b", "a/b", "a__b", "in", "ok"].map(escapeName), [
    "a__dot__b",
    "a__dash__b",
    "a__slash__b",
    "a__underscores__b",
    "__in__",
    "ok",
  ]);
});

test("a root rule sees the name, and nothing else of the metadata", () => {
  const root = (rule: string): Schema => ({ type: "object", properties: {}, "x-kubernetes-validations": [{ rule }] });
  assert.equal(ruleErrors(object({}), undefined, root("self.metadata.name == 'n' && self.kind == 'K'")), []);
  assert.match([...ruleDefinitionErrors(root("self.metadata.labels == {}"), "s")][0]?.message ?? "", "undefined field 'labels'");
});

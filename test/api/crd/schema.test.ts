import * as assert from "uvu/assert";
import { pruneObject, withDefaults } from "#api/crd/prune.ts";
import type { Schema } from "#api/crd/schema.ts";
import { schemaErrors } from "#api/crd/validate.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("crd/schema");

const object = (properties: { readonly [name: string]: Schema }, more: Schema = {}): Schema => ({ type: "object", properties, ...more });
const problems = (value: unknown, schema: Schema): readonly string[] =>
  schemaErrors(value, schema).map(({ field, message }) => `${field}: ${message}`);

test("what the schema does not know is left out, and told", () => {
  const schema = object({
    spec: object({ known: { type: "string" } }),
    open: { type: "object", "x-kubernetes-preserve-unknown-fields": true, properties: { inner: object({ a: { type: "string" } }) } },
    list: { type: "array", items: object({ a: { type: "string" } }) },
    map: { type: "object", additionalProperties: object({ a: { type: "string" } }) },
    embedded: { type: "object", "x-kubernetes-embedded-resource": true },
  });
  const value = {
    apiVersion: "x/v1",
    kind: "X",
    metadata: { name: "x", colour: "red" },
    spec: { known: "a", unknown: 1 },
    open: { any: [1], inner: { a: "a", b: 1 } },
    list: [{ a: "a", b: 1 }],
    map: { key: { a: "a", b: 1 } },
    embedded: { apiVersion: "v1", kind: "Pod", metadata: { name: "p", colour: 1 }, spec: {} },
    extra: true,
  };
  const { object: kept, unknown } = pruneObject(value, schema);
  assert.equal(kept, {
    apiVersion: "x/v1",
    kind: "X",
    metadata: { name: "x" },
    spec: { known: "a" },
    open: { any: [1], inner: { a: "a" } },
    list: [{ a: "a" }],
    map: { key: { a: "a" } },
    embedded: { apiVersion: "v1", kind: "Pod", metadata: { name: "p" } },
  });
  assert.equal(unknown, [
    "metadata.colour",
    "spec.unknown",
    "open.inner.b",
    "list[0].b",
    "map.key.b",
    "embedded.metadata.colour",
    "embedded.spec",
    "extra",
  ]);
  assert.throws(() => pruneObject({ metadata: [] }, {}), "json: cannot unmarshal array into Go value of type v1.ObjectMeta");
});

test("defaults fill what is absent, at any depth, and null where null may not stand", () => {
  const schema = object({
    spec: object({ replicas: { type: "integer", default: 1 }, name: { type: "string", nullable: true, default: "n" } }),
    whole: object({ a: { type: "string", default: "inner" } }, { default: {} }),
    list: { type: "array", items: object({ a: { type: "string", default: "x" } }) },
  });
  assert.equal(withDefaults({ spec: { replicas: null, name: null }, list: [{}, { a: "y" }] }, schema), {
    spec: { name: null, replicas: 1 },
    list: [{ a: "x" }, { a: "y" }],
    whole: { a: "inner" },
  });
  assert.equal(withDefaults({}, object({ spec: object({ replicas: { type: "integer", default: 1 } }) })), {});
});

test("a null that may not stand goes where nothing takes its place, but for items of lists and what no schema names", () => {
  const text: Schema = { type: "string" };
  const schema = object({
    gone: text,
    kept: { ...text, nullable: true },
    map: { type: "object", additionalProperties: { ...text, default: "d" } },
    list: { type: "array", items: text },
    filled: { type: "array", items: { ...text, default: "d" } },
    open: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  });
  const value = { gone: null, kept: null, map: { a: null }, list: [null], filled: [null], open: { any: null }, metadata: { labels: null } };
  const { gone: _gone, ...kept } = value;
  assert.equal(withDefaults(value, schema), { ...kept, map: { a: "d" }, filled: ["d"] });
});

test("values are judged in upstream's words", () => {
  const cases: readonly (readonly [unknown, Schema, readonly string[]])[] = [
    ["x", { type: "integer" }, [': Invalid value: "string":  in body must be of type integer: "string"']],
    [{ a: 1 }, object({ a: { type: "string" } }), ['a: Invalid value: "integer": a in body must be of type string: "integer"']],
    [{}, object({}, { required: ["a"] }), ["a: Required value"]],
    [{ a: "x" }, object({ a: { type: "string", enum: ["b", "c"] } }), ['a: Unsupported value: "x": supported values: "b", "c"']],
    [{ a: "b2x" }, object({ a: { type: "string", pattern: "2" } }), []],
    [{ a: "b2" }, object({ a: { type: "string", pattern: "^(?i:B)[[:digit:]]\\z" } }), []],
    [{ a: "b2\n" }, object({ a: { type: "string", pattern: "2$" } }), ["a: Invalid value: \"b2\\n\": a in body should match '2$'"]],
    [{ a: "x" }, object({ a: { type: "string", pattern: "^y$" } }), ["a: Invalid value: \"x\": a in body should match '^y$'"]],
    [{ a: 11 }, object({ a: { type: "integer", maximum: 10 } }), ["a: Invalid value: 11: a in body should be less than or equal to 10"]],
    [
      { a: 0 },
      object({ a: { type: "integer", minimum: 0, exclusiveMinimum: true } }),
      ["a: Invalid value: 0: a in body should be greater than 0"],
    ],
    [{ a: 7 }, object({ a: { type: "number", multipleOf: 2 } }), ["a: Invalid value: 7: a in body should be a multiple of 2"]],
    [{ a: "" }, object({ a: { type: "string", minLength: 1 } }), ['a: Invalid value: "": a in body should be at least 1 chars long']],
    [{ a: "abc" }, object({ a: { type: "string", maxLength: 2 } }), ["a: Too long: may not be more than 2 bytes"]],
    [
      { a: [1, 2] },
      object({ a: { type: "array", maxItems: 1, items: { type: "integer" } } }),
      ["a: Too many: 2: must have at most 1 items"],
    ],
    [
      { a: ["x", "x"] },
      object({ a: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } } }),
      ['a[1]: Duplicate value: "x"'],
    ],
    [
      { a: "nope" },
      object({ a: { type: "string", format: "ipv4" } }),
      ['a: Invalid value: "nope": a in body must be of type ipv4: "nope"'],
    ],
    [{ a: null }, object({ a: { type: "string" } }), ['a: Invalid value: "null": a in body must be of type string: "null"']],
    [{ a: null }, object({ a: { type: "string", nullable: true } }), []],
    [{ a: "5%" }, object({ a: { "x-kubernetes-int-or-string": true } }), []],
    [
      { a: true },
      object({ a: { "x-kubernetes-int-or-string": true } }),
      ['a: Invalid value: "boolean": a in body must be of type integer,string: "boolean"'],
    ],
    [
      { e: {} },
      object({ e: { type: "object", "x-kubernetes-embedded-resource": true } }),
      ["e.apiVersion: Required value: must not be empty", "e.kind: Required value: must not be empty"],
    ],
    [
      { a: "x" },
      object({ a: { type: "string", not: { enum: ["x"] } } }),
      ['a: Invalid value: "": a in body must not validate the schema (not)'],
    ],
    [
      { a: 5 },
      object({ a: { type: "integer", oneOf: [{ minimum: 1 }, { minimum: 2 }] } }),
      ['a: Invalid value: "": a in body must validate one and only one schema (oneOf). Found 2 valid alternatives'],
    ],
  ];
  for (const [value, schema, expected] of cases) assert.equal(problems(value, schema), expected);
});

test("what was wrong before and is as it was is not told, down to the items of a keyed list", () => {
  const short: Schema = { type: "string", maxLength: 1 };
  const item = object({ name: { type: "string" }, value: short });
  const schema = object({
    a: short,
    b: short,
    map: { type: "object", additionalProperties: short },
    keyed: { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], items: item },
    plain: { type: "array", items: item },
    any: { type: "string", allOf: [{ maxLength: 1 }] },
  });
  const bad = { name: "x", value: "long" };
  const old = { a: "long", b: "long", map: { k: "long" }, keyed: [bad], plain: [bad], any: "long" };
  const wrong = (value: object): readonly string[] => schemaErrors({ ...old, ...value }, schema, "", old).map(({ field }) => field);
  assert.equal(wrong({}), []);
  assert.equal(wrong({ a: "longer" }), ["a"]);
  assert.equal(wrong({ map: { k: "long", l: "long" } }), ["map.l"]);
  assert.equal(wrong({ keyed: [{ name: "y", value: "y" }, bad] }), []);
  assert.equal(wrong({ keyed: [{ name: "y", value: "long" }, bad] }), ["keyed[0].value"]);
  assert.equal(wrong({ plain: [{ name: "y", value: "y" }, bad] }), ["plain[1].value"]);
  assert.equal(wrong({ any: "longer" }), ["any"]);
});

test("items of a keyed list are told apart by their keys and the keys' defaults", () => {
  const schema: Schema = {
    type: "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["port", "protocol"],
    items: object({ port: { type: "integer" }, protocol: { type: "string", default: "TCP" } }),
  };
  assert.equal(problems([{ port: 1 }, { port: 1, protocol: "UDP" }], schema), []);
  assert.equal(problems([{ port: 1 }, { port: 1, protocol: "TCP" }], schema), ['[1]: Duplicate value: {"port":1,"protocol":"TCP"}']);
});

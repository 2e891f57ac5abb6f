import * as assert from "uvu/assert";
import { parseJsonPath, valueAt, withValueAt } from "#api/crd/json-path.ts";
import { pruneObject, withDefaults } from "#api/crd/prune.ts";
import type { Schema } from "#api/crd/schema.ts";
import { schemaDefinitionErrors } from "#api/crd/schema-errors.ts";
import { schemaErrors } from "#api/crd/validate.ts";
import type { JsonObject } from "#api/meta/json.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("crd/schema");

const object = (properties: { readonly [name: string]: Schema }, more: Schema = {}): Schema => ({ type: "object", properties, ...more });
const problems = (value: unknown, schema: Schema): readonly string[] =>
  schemaErrors(value, schema).map(({ field, message }) => `${field}: ${message}`);
const flaws = (schema: Schema): readonly string[] =>
  [...schemaDefinitionErrors(schema, "schema")].map(({ field, message }) => `${field}: ${message}`);

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

test("a schema that is not structural is refused", () => {
  assert.equal(flaws({}), ["schema.type: Required value: must not be empty at the root"]);
  assert.equal(flaws({ type: "string" }), ['schema.type: Invalid value: "string": must be object at the root']);
  assert.equal(flaws(object({ a: {} })), ["schema.properties[a].type: Required value: must not be empty for specified object fields"]);
  assert.equal(flaws(object({ a: { type: "array" } })), ["schema.properties[a].items: Required value: must be specified"]);
  assert.equal(flaws(object({ a: { type: "integer", default: "x" } })).length, 1);
  assert.equal(flaws(object({ a: { type: "string", pattern: "(" } })), [
    'schema.properties[a].pattern: Invalid value: "(": must be a valid regular expression, but isn\'t: error parsing regexp: missing closing ): `(`',
  ]);
  assert.equal(flaws({ ...object({ a: { type: "string" } }), not: { properties: { a: { pattern: "(?=x)" } } } }), [
    'schema.not.properties[a].pattern: Invalid value: "(?=x)": must be a valid regular expression, but isn\'t: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
  ]);
  assert.equal(flaws({ ...object({ a: { type: "string" } }), anyOf: [{ properties: { a: { enum: ["x"] } }, required: ["a"] }] }), []);
  assert.equal(flaws({ ...object({}), anyOf: [{ type: "object" }] }), ["schema.anyOf[0].type: Forbidden: must be empty to be structural"]);
  assert.equal(
    flaws(
      object({
        a: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["k"],
          items: object({ k: { type: "string" } }),
        },
      }),
    ),
    [
      "schema.properties[a].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
    ],
  );
});

const flawsOf = (a: Schema): readonly string[] =>
  flaws(object({ a })).map((flaw) => flaw.replace("schema.properties[a]", "a").replaceAll("x-kubernetes-", ""));

test("extensions are said where they mean something", () => {
  assert.equal(flawsOf({ type: "object", "x-kubernetes-embedded-resource": true }), [
    "a.properties: Required value: must not be empty if embedded-resource is true without preserve-unknown-fields",
  ]);
  assert.equal(flawsOf({ type: "string", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true }), [
    'a.type: Invalid value: "string": must be object if embedded-resource is true',
  ]);
  assert.equal(flawsOf({ type: "object", "x-kubernetes-preserve-unknown-fields": false }), [
    "a.preserve-unknown-fields: Invalid value: false: must be true or undefined",
  ]);
  assert.equal(flawsOf({ type: "string", "x-kubernetes-map-type": "atomic" }), [
    'a.type: Invalid value: "string": must be object if map-type is specified',
  ]);
  assert.equal(flawsOf({ "x-kubernetes-int-or-string": true, "x-kubernetes-preserve-unknown-fields": true }), [
    "a.preserve-unknown-fields: Invalid value: true: must be false if int-or-string is true",
  ]);
});

test("lists whose items have an identity say which, and of what", () => {
  const list = (type: string, items: Schema, keys?: readonly string[]): Schema => ({
    type: "array",
    "x-kubernetes-list-type": type,
    ...(keys === undefined ? {} : { "x-kubernetes-list-map-keys": keys }),
    items,
  });
  const item = object({ k: { type: "string" }, o: { type: "object" } }, { required: ["k", "o"] });
  assert.equal(flawsOf(list("map", item, ["k"])), []);
  assert.equal(flawsOf(list("map", item)), ["a.list-map-keys: Required value: must not be empty if list-type is map"]);
  assert.equal(flawsOf(list("map", item, ["k", "k"])), ['a.list-map-keys: Invalid value: ["k","k"]: must not contain duplicate entries']);
  assert.equal(flawsOf(list("map", item, ["z"])), ['a.list-map-keys: Invalid value: ["z"]: entries must all be names of item properties']);
  assert.equal(flawsOf(list("map", item, ["o"])), [
    'a.items.properties[o].type: Invalid value: "object": must be a scalar type if parent array\'s list-type is map',
  ]);
  assert.equal(flawsOf(list("map", { type: "string" }, ["k"])), [
    'a.items.type: Invalid value: "string": must be object if parent array\'s list-type is map',
  ]);
  assert.equal(flawsOf(list("set", item)), [
    'a.items.map-type: Invalid value: "null": must be atomic as item of a list with list-type=set',
  ]);
  assert.equal(flawsOf(list("set", { type: "string", nullable: true })), [
    "a.items.nullable: Forbidden: cannot be nullable when list-type is set",
  ]);
  assert.equal(flawsOf(list("set", { type: "string" }, ["k"])), [
    'a.list-type: Invalid value: "set": must be map if list-map-keys is non-empty',
  ]);
});

test("a whole object says little of its own metadata", () => {
  const root = (properties: { readonly [name: string]: Schema }): readonly string[] => flaws(object(properties));
  const metadata = (schema: Schema): readonly string[] => root({ metadata: schema });
  assert.equal(metadata({ type: "object" }), []);
  assert.equal(metadata(object({ name: { type: "string", maxLength: 5 } })), []);
  const why = "must not specify anything other than name and generateName, but metadata is implicitly specified";
  assert.equal(metadata(object({ labels: { type: "object" } })), [`schema.properties[metadata]: Forbidden: ${why}`]);
  assert.equal(metadata({ type: "string" }), ['schema.properties[metadata].type: Invalid value: "string": must be object']);
  assert.equal(root({ kind: { type: "integer" } }), ['schema.properties[kind].type: Invalid value: "integer": must be string']);
});

test("what combines schemas may say that a value is a number or a text", () => {
  const either: readonly Schema[] = [{ type: "integer" }, { type: "string" }];
  assert.equal(flawsOf({ "x-kubernetes-int-or-string": true, anyOf: either }), []);
  assert.equal(flawsOf({ "x-kubernetes-int-or-string": true, allOf: [{ anyOf: either }, { pattern: "a" }] }), []);
  assert.equal(flawsOf({ "x-kubernetes-int-or-string": true, oneOf: either }), [
    "a.oneOf[0].type: Forbidden: must be empty to be structural",
    "a.oneOf[1].type: Forbidden: must be empty to be structural",
  ]);
  assert.equal(flawsOf({ type: "object", allOf: [{ not: { properties: { b: { enum: ["c"] } } } }] }), [
    "a.properties[b]: Required value: because it is defined in schema.properties[a].allOf[0].not.properties[b]",
  ]);
});

test("what no structure can be made of is told by itself", () => {
  assert.equal(flawsOf({ $ref: "#/a" }), ["a.$ref: Forbidden: $ref is not supported"]);
  assert.equal(flaws({ ...object({}), definitions: { b: {} } }), ["schema.definitions: Forbidden: definitions is not supported"]);
});

test("JSON paths lead where upstream's do", () => {
  const value: JsonObject = {
    spec: { replicas: 2, "a.b": 1 },
    status: {
      conditions: [
        { type: "Ready", status: "True" },
        { type: "Synced", status: "False" },
      ],
    },
  };
  const at = (path: string): unknown => parseJsonPath(path)?.(value);
  assert.equal(at(".spec.replicas"), [2]);
  assert.equal(at(".spec['a.b']"), [1]);
  assert.equal(at(String.raw`.spec.a\.b`), [1]);
  assert.equal(at('.status.conditions[?(@.type=="Synced")].status'), ["False"]);
  assert.equal(at(".status.conditions[0].type"), ["Ready"]);
  assert.equal(at(".status.conditions[*].type"), ["Ready", "Synced"]);
  assert.equal(at(".status.nothing"), []);
  assert.is(parseJsonPath("spec.replicas"), undefined);
  assert.is(parseJsonPath(".spec[?(nonsense)]"), undefined);
  assert.equal(withValueAt(value, ["spec", "replicas"], 3)["spec"], { replicas: 3, "a.b": 1 });
  assert.is(valueAt(value, ["spec", "none", "deeper"]), undefined);
});

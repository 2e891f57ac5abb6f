import * as assert from "uvu/assert";
import type { Schema } from "#api/crd/schema.ts";
import { schemaDefinitionErrors } from "#api/crd/schema-errors.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("crd/schema-errors");

const object = (properties: { readonly [name: string]: Schema }, more: Schema = {}): Schema => ({ type: "object", properties, ...more });
const flaws = (schema: Schema): readonly string[] =>
  [...schemaDefinitionErrors(schema, "schema")].map(({ field, message }) => `${field}: ${message}`);

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

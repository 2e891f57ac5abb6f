import * as assert from "uvu/assert";
import docs from "#api/generated/docs.json" with { type: "json" };
import type { JsonObject } from "#api/meta/json.ts";
import { kinds } from "#api/resources.ts";
import { openapiV2, openapiV3 } from "#api/schema/openapi.ts";
import { openapiV3Of } from "#api/schema/openapi-convert.ts";
import { belowPath } from "#api/schema/openapi-merge.ts";
import { withoutValues } from "#api/meta/docs.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("schema/openapi-convert");

const about = { docs, info: { title: "Kubernetes", version: "v1.36.0" } };

/** What only the newer form says, and what both say in other words. */
const common = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(common);
  if (typeof node !== "object" || node === null) return typeof node === "string" ? withoutValues(node) : node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => key !== "enum" && value !== undefined)
      .map(([key, value]) => [key, common(value)]),
  );
};

test("what we say in the older form is, converted, what we say in the newer one", () => {
  const converted = openapiV3Of(belowPath(openapiV2(kinds, about), "/apis/apps/v1/"));
  const written = openapiV3(kinds, { group: "apps", version: "v1" }, about);
  assert.equal(common(converted["paths"]), common(written["paths"]));
  const [theirs, ours] = [converted, written].map(({ components }) => (components as JsonObject)["schemas"] as JsonObject);
  const special = /\.(Quantity|IntOrString)$/; // which the older form cannot say
  for (const [name, schema] of Object.entries(theirs ?? {})) {
    if (!special.test(name)) assert.equal(common(schema), common(ours?.[name]), name);
  }
  assert.ok(Object.keys(theirs ?? {}).length > 50);
});

test("parameters that are shared stay so", () => {
  const document = {
    paths: { "/a": { parameters: [{ $ref: "#/parameters/pretty" }] } },
    parameters: { pretty: { name: "pretty", in: "query", type: "string", uniqueItems: true } },
  };
  const converted = openapiV3Of(document);
  assert.equal(converted["paths"], { "/a": { parameters: [{ $ref: "#/components/parameters/pretty" }] } });
  const pretty = { name: "pretty", in: "query", schema: { type: "string", format: undefined, uniqueItems: true } };
  assert.equal((converted["components"] as JsonObject)["parameters"], { pretty });
});

test("whatever is wrong in a document, it can be converted", () => {
  for (const wrong of [{}, { paths: 7, definitions: [] }, { paths: { "/a": null, "/b": { get: { parameters: 1, responses: "no" } } } }]) {
    assert.is(openapiV3Of(wrong)["openapi"], "3.0.0");
  }
});

import * as assert from "uvu/assert";
import type { JsonObject } from "#api/meta/json.ts";
import { kinds } from "#api/resources.ts";
import { openapiV2 } from "#api/schema/openapi.ts";
import { belowPath, mergeOpenapi } from "#api/schema/openapi-merge.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("schema/openapi-merge");

const ours: JsonObject = openapiV2(kinds, { docs: {}, info: { title: "Kubernetes", version: "v1.36.0" } });
const META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const OPTIONS = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
const KINDS = "x-kubernetes-group-version-kind";

const at = (node: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as JsonObject | undefined)?.[key], node);

const references = (node: unknown): readonly string[] =>
  typeof node !== "object" || node === null
    ? []
    : Object.entries(node).flatMap(([key, value]) => (key === "$ref" && typeof value === "string" ? [value] : references(value)));

const document = (paths: JsonObject, definitions: JsonObject, parameters: JsonObject = {}): JsonObject => ({
  paths,
  definitions,
  parameters,
});
const to = (name: string, section = "definitions") => ({ $ref: `#/${section}/${name}` });

test("what is said below a path keeps what it refers to, directly or not, and nothing else", () => {
  const found = belowPath(
    document(
      { "/apis/a/v1/x": { get: to("X"), parameters: [to("p", "parameters")] }, "/apis/a/v10/y": to("Y"), "/apis/a/v1/loop": to("Loop") },
      { X: { properties: { z: to("Z"), lost: to("Missing") } }, Y: {}, Z: {}, Loop: to("Loop") },
      { p: { schema: to("Z") }, q: {} },
    ),
    "/apis/a/v1/",
  );
  assert.equal(Object.keys(found["paths"] as object), ["/apis/a/v1/x", "/apis/a/v1/loop"]);
  assert.equal(Object.keys(found["definitions"] as object), ["X", "Z", "Loop"]);
  assert.equal(Object.keys(found["parameters"] as object), ["p"]);
});

test("a definition that means the same is one; another one of its name gets a name of its own, wherever it is referred to", () => {
  const same = at(ours, "definitions", OPTIONS);
  const added = document(
    { "/apis/sea/v1/fish": { get: to(META), delete: to(OPTIONS) } },
    { [META]: { description: "other", properties: { self: to(META) } }, [OPTIONS]: same },
  );
  const merged = mergeOpenapi(ours, added);
  assert.is(at(merged, "definitions", OPTIONS), same);
  assert.is(at(merged, "definitions", META), at(ours, "definitions", META));
  assert.equal(at(merged, "definitions", `${META}_v2`), { description: "other", properties: { self: to(`${META}_v2`) } });
  assert.equal(at(merged, "paths", "/apis/sea/v1/fish", "get"), to(`${META}_v2`));
});

test("a second server's definition is the first one's when it means the same, and a third one when not", () => {
  const other = (text: string, path: string) => document({ [path]: to(META) }, { [META]: { description: text } });
  const merged = [other("other", "/a"), other("other", "/b"), other("third", "/c")].reduce(mergeOpenapi, ours);
  assert.equal(
    ["/a", "/b", "/c"].map((path) => at(merged, "paths", path, "$ref")),
    [`#/definitions/${META}_v2`, `#/definitions/${META}_v2`, `#/definitions/${META}_v3`],
  );
});

test("a new name is none that the added document has itself", () => {
  const merged = mergeOpenapi(document({}, { A: { title: "ours" } }), document({ "/a": to("A") }, { A: {}, A_v2: { title: "theirs" } }));
  assert.equal(at(merged, "definitions"), { A: { title: "ours" }, A_v2: { title: "theirs" }, A_v3: {} });
});

test("kinds that a definition is of are put together", () => {
  const [one, other] = [{ kind: "One" }, { kind: "Other" }];
  const merged = mergeOpenapi(
    document({}, { A: { type: "object", [KINDS]: [one] } }),
    document({}, { A: { type: "object", [KINDS]: [other, one] } }),
  );
  assert.equal(at(merged, "definitions"), { A: { type: "object", [KINDS]: [one, other] } });
});

test("a path of both is the first one's; parameters are renamed as definitions are", () => {
  const base = document({ "/a": { title: "ours" } }, {}, { p: { in: "query" } });
  const merged = mergeOpenapi(base, document({ "/a": {}, "/b": to("p", "parameters") }, {}, { p: { in: "path" } }));
  assert.equal(at(merged, "paths"), { "/a": { title: "ours" }, "/b": to("p_v2", "parameters") });
  assert.equal(at(merged, "parameters"), { p: { in: "query" }, p_v2: { in: "path" } });
});

test("whatever is added, our own document stays as it is and every reference leads somewhere", () => {
  const theirs = belowPath(
    openapiV2(kinds, { docs: { V1ObjectMeta: { "": "older" } }, info: { title: "", version: "" } }),
    "/apis/apps/v1/",
  );
  const moved = JSON.parse(JSON.stringify(theirs).replaceAll("/apis/apps/", "/apis/boats/")) as JsonObject;
  const merged = mergeOpenapi(ours, moved);
  for (const [name, definition] of Object.entries(ours["definitions"] as JsonObject))
    assert.equal(at(merged, "definitions", name), definition);
  for (const [path, item] of Object.entries(ours["paths"] as JsonObject)) assert.equal(at(merged, "paths", path), item);
  assert.ok(at(merged, "paths", "/apis/boats/v1/deployments"));
  for (const reference of references(merged)) assert.ok(at(merged, ...reference.slice(2).split("/")), reference);
});

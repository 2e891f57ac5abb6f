import allDocs from "#api/generated/docs.json" with { type: "json" };
import type { JsonObject } from "#api/meta/json.ts";
import { kinds } from "#api/resources.ts";
import { openapiPath } from "#api/schema/openapi-operations.ts";
import { openapiGroupVersions, openapiV2, openapiV3 } from "#api/schema/openapi.ts";
import { reachableModels, schemaNames } from "#api/schema/openapi-names.ts";
import { operationsOf } from "#api/schema/openapi-operations.ts";
import { upstreamDefinitions, upstreamDocument, upstreamSkip } from "#test/support/upstream.ts";
import { suite } from "#test/support/suite.ts";
import * as assert from "uvu/assert";

const test = suite("openapi");

type Node = { readonly [key: string]: Node };

const docs = { V1Pod: { "": "A pod.", spec: "What it runs.", status: "How it is." }, V1Container: { ports: "Its ports." } };
const info = { title: "Kubernetes", version: "v1.36.0" };
const groupVersions = openapiGroupVersions(kinds);
const documents = new Map(groupVersions.map((gv) => [openapiPath(gv), openapiV3(kinds, gv, { docs, info }) as unknown as Node]));
const core = documents.get("api/v1") as Node;
const v2 = openapiV2(kinds, { docs, info }) as unknown as Node;

const at = (node: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as JsonObject | undefined)?.[key], node);

/** Every reference in a document. */
const references = (node: unknown): readonly string[] => {
  if (typeof node !== "object" || node === null) return [];
  const own = (node as JsonObject)["$ref"];
  return [...(typeof own === "string" ? [own] : []), ...Object.values(node).flatMap(references)];
};

test("there is one document for each group and version that is served", () => {
  assert.ok(documents.has("api/v1"));
  assert.ok(documents.has("apis/apps/v1"));
  assert.is(documents.size, new Set(kinds.map(({ group, version }) => `${group}/${version}`)).size);
});

test("every reference leads to a schema of the same document", () => {
  for (const document of [...documents.values(), v2]) {
    const found = references(document);
    assert.ok(found.length > 10);
    for (const reference of found) assert.ok(at(document, ...reference.slice(2).split("/")), reference);
  }
});

test("no operation has the id of another one", () => {
  const ids = kinds.flatMap(operationsOf).map(({ id }) => id);
  assert.is(new Set(ids).size, ids.length);
});

test("a patch of every kind says what kubectl asks: dryRun, fieldValidation, strategic merge", () => {
  for (const kind of kinds.filter(({ verbs }) => verbs.includes("patch"))) {
    const { group, version } = kind;
    const paths = Object.values(documents.get(openapiPath(kind))?.["paths"] ?? {});
    const patch = paths
      .map((path) => path["patch"])
      .find((operation) => at(operation, "x-kubernetes-group-version-kind", "kind") === kind.kind);
    assert.equal(at(patch, "x-kubernetes-group-version-kind"), { group, version, kind: kind.kind });
    const parameters = (patch?.["parameters"] ?? []) as unknown as readonly { readonly name: string; readonly in: string }[];
    for (const name of ["dryRun", "fieldValidation", "force", "fieldManager"])
      assert.ok(parameters.some((p) => p.name === name && p.in === "query"));
    assert.ok(at(patch, "requestBody", "content", "application/strategic-merge-patch+json"));
  }
});

test("a kind's schema carries its kind, its texts and how its lists merge", () => {
  const schemas = at(core, "components", "schemas");
  assert.equal(at(schemas, "io.k8s.api.core.v1.Pod", "x-kubernetes-group-version-kind"), [{ group: "", version: "v1", kind: "Pod" }]);
  assert.is(at(schemas, "io.k8s.api.core.v1.Pod", "description"), "A pod.");
  assert.equal(at(schemas, "io.k8s.api.core.v1.Pod", "properties", "spec"), {
    allOf: [{ $ref: "#/components/schemas/io.k8s.api.core.v1.PodSpec" }],
    description: "What it runs.",
  });
  assert.equal(at(schemas, "io.k8s.api.core.v1.Container", "properties", "ports"), {
    type: "array",
    items: { $ref: "#/components/schemas/io.k8s.api.core.v1.ContainerPort" },
    description: "Its ports.",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["containerPort", "protocol"],
    "x-kubernetes-patch-merge-key": "containerPort",
    "x-kubernetes-patch-strategy": "merge",
  });
  assert.equal(at(schemas, "io.k8s.apimachinery.pkg.api.resource.Quantity", "oneOf"), [{ type: "string" }, { type: "number" }]);
  assert.is(at(v2, "definitions", "io.k8s.apimachinery.pkg.api.resource.Quantity", "type"), "string");
  assert.is(at(v2, "definitions", "io.k8s.api.core.v1.Pod", "properties", "spec", "description"), "What it runs.");
});

test("paths have their parameters, bodies and answers", () => {
  const item = at(core, "paths", "/api/v1/namespaces/{namespace}/pods/{name}");
  const names = (at(item, "parameters") as readonly { readonly name: string }[]).map(({ name }) => name);
  assert.equal(names, ["namespace", "name", "pretty"]);
  assert.is(at(item, "get", "operationId"), "readCoreV1NamespacedPod");
  assert.is(at(item, "get", "requestBody"), undefined);
  assert.is(at(item, "put", "requestBody", "required"), true);
  assert.is(at(item, "delete", "requestBody", "required"), undefined);
  const list = at(core, "paths", "/api/v1/pods", "get", "responses", "200", "content");
  assert.equal(Object.keys(list as object), ["application/json", "application/yaml", "application/json;stream=watch"]);
  const log = at(core, "paths", "/api/v1/namespaces/{namespace}/pods/{name}/log", "get", "responses", "200", "content", "text/plain");
  assert.equal(log, { schema: { type: "string" } });
});

test("a model that no kind uses has no name", () => {
  assert.throws(() => schemaNames([])("V1Pod"), /no kind uses V1Pod/);
});

test("models have upstream's names", () => {
  const upstream = upstreamDefinitions();
  if (upstream === undefined) {
    console.log(upstreamSkip);
    return;
  }
  const nameOf = schemaNames(kinds);
  for (const model of reachableModels(kinds.map((kind) => kind.model))) assert.is(nameOf(model), upstream.get(model)?.name);
});

test("operations have upstream's ids, actions and kinds", () => {
  const upstream = upstreamDocument();
  if (upstream === undefined) {
    console.log(upstreamSkip);
    return;
  }
  for (const operation of kinds.flatMap(operationsOf)) {
    const theirs = at(upstream.paths, operation.path, operation.method);
    const where = `${operation.method} ${operation.path}`;
    assert.is(operation.id, at(theirs, "operationId"), where);
    assert.is(operation.action, at(theirs, "x-kubernetes-action"), where);
    assert.equal(operation.kind, at(theirs, "x-kubernetes-group-version-kind"), where);
    assert.equal([operation.tag], at(theirs, "tags"), where);
    const answers = at(v2, "paths", operation.path, operation.method, "responses");
    for (const [code, { schema }] of Object.entries(answers as { readonly [code: string]: JsonObject }))
      assert.equal(schema, at(theirs, "responses", code, "schema"), `${where}: ${code}`);
    assert.equal(Object.keys(answers as object), Object.keys(at(theirs, "responses") as object), where);
  }
});

/** Paths of groups that are stable, without the older watch paths; `head` and `options` reach what is proxied only. */
const isStable = (path: string): boolean => /^\/apis?\/(?:[^/]+\/)?v\d+\/[^/]/.test(path) && !/\/v\d+\/watch\//.test(path);

test("every operation of upstream's stable groups is served", () => {
  const upstream = upstreamDocument();
  if (upstream === undefined) {
    console.log(upstreamSkip);
    return;
  }
  const served = new Set(kinds.flatMap(operationsOf).map(({ method, path }) => `${method} ${path}`));
  const wanted = Object.entries(upstream.paths)
    .filter(([path]) => isStable(path))
    .flatMap(([path, item]) => Object.keys(item as object).map((method) => `${method} ${path}`))
    .filter((operation) => !/^(?:parameters|head|options) /.test(operation));
  assert.ok(wanted.length > 500, `${wanted.length} operations`);
  assert.equal(
    wanted.filter((operation) => !served.has(operation)),
    [],
  );
});

/** What both documents say of a field, without words, defaults and enumerations. */
const shape = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(shape).toSorted((a, b) => String(a).localeCompare(String(b)));
  if (typeof node !== "object" || node === null) return node;
  const skipped = new Set(["description", "default", "enum", "x-kubernetes-unions", "x-kubernetes-group-version-kind"]);
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => !skipped.has(key))
      .map(([key, value]) => [
        key,
        key === "properties" ? Object.fromEntries(Object.entries(value as object).map(([f, s]) => [f, shape(s)])) : shape(value),
      ]),
  );
};

test("definitions have upstream's shape", () => {
  const upstream = upstreamDocument();
  if (upstream === undefined) {
    console.log(upstreamSkip);
    return;
  }
  for (const [name, definition] of Object.entries(v2["definitions"] ?? {}))
    assert.equal(shape(definition), shape(upstream.definitions[name]), name);
  // What describes discovery documents is left out, as their paths are.
  const discovery =
    /\.(?:APIGroup|APIGroupList|APIVersions|GroupResource|GroupVersionForDiscovery|ServerAddressByClientCIDR|version\.Info)$/;
  const wanted = Object.keys(upstream.definitions).filter((name) => !/\.v\d+(?:alpha|beta)\d+\./.test(name) && !discovery.test(name));
  assert.equal(
    wanted.filter((name) => v2["definitions"]?.[name] === undefined),
    [],
  );
});

const whole = openapiV2(kinds, { docs: allDocs, info }) as unknown as Node;

test("every field that is an object of its own is described", () => {
  const silent = Object.entries(whole["definitions"] ?? {}).flatMap(([name, definition]) =>
    Object.entries(definition["properties"] ?? {})
      .filter(([, field]) => at(field, "$ref") !== undefined && at(field, "description") === undefined)
      .map(([field]) => `${name.split(".").at(-1)}.${field}`),
  );
  // as upstream's
  const known = ["CertificateSigningRequest.metadata", "CertificateSigningRequestList.metadata", "IngressRule.http"];
  assert.equal(
    silent.filter((field) => !field.startsWith("JSONSchemaProps.")),
    known,
  );
});

test("the newer document lists the values that a field may have, the older one does not", () => {
  const written = openapiV3(kinds, { group: "", version: "v1" }, { docs: allDocs, info });
  const policy = ["io.k8s.api.core.v1.PodSpec", "properties", "restartPolicy"];
  const newer = at(written, "components", "schemas", ...policy) as JsonObject;
  const older = at(whole, "definitions", ...policy) as JsonObject;
  assert.equal(newer["enum"], ["Always", "Never", "OnFailure"]);
  assert.match(newer["description"] as string, /^Restart policy [^]*\n\nPossible enum values:\n - `"Always"`/);
  assert.equal(Object.keys(older), ["type", "description"]);
  assert.match(older["description"] as string, /#restart-policy$/);
  const modes = at(written, "components", "schemas", "io.k8s.api.core.v1.PersistentVolumeSpec", "properties", "accessModes", "items");
  assert.equal(at(modes, "enum"), ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]);
});

test("definitions have upstream's words", () => {
  const upstream = upstreamDocument();
  if (upstream === undefined) {
    console.log(upstreamSkip);
    return;
  }
  const words = (of: unknown) => ((at(of, "description") ?? "") as string).trim();
  for (const [name, definition] of Object.entries(whole["definitions"] ?? {})) {
    const theirs = upstream.definitions[name];
    if (!name.endsWith(".Quantity")) assert.is(words(definition), words(theirs), name);
    for (const [field, schema] of Object.entries(theirs?.properties ?? {}))
      assert.is(words(at(definition, "properties", field)), words(schema), `${name}.${field}`);
  }
});

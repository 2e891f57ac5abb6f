import * as assert from "uvu/assert";
import type { CustomResourceDefinition } from "#api/apiextensions/v1/custom-resource-definition.ts";
import type { Stored } from "#api/meta/object.ts";
import { startApiServer, type Ask, type TestServer } from "#test/support/api-server.ts";
import { settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";
import { crds, definition, establish, tab, tabs, type Tab } from "./cron-tabs.ts";

const test = suite("api-server/custom-resources");

const started = async (draft = definition()): Promise<TestServer> => {
  const api = await startApiServer();
  await api.must({ ...crds, verb: "create", body: draft });
  await establish(api);
  return api;
};

const refusal = async (api: TestServer, ask: Ask): Promise<string> => {
  const { code, body } = await api.ask(ask);
  return `${code} ${body.message}`;
};

test("a definition gets its defaults, and its kind is served once it is established", async () => {
  const api = await startApiServer();
  const made = await api.must<Stored<CustomResourceDefinition>>({ ...crds, verb: "create", body: definition() });
  assert.is(made.spec.names.singular, "crontab");
  assert.is(made.spec.names.listKind, "CronTabList");
  assert.equal(made.spec.conversion, { strategy: "None" });
  assert.equal(made.status?.storedVersions, ["v1"]);
  assert.is((await api.ask(tab("one"))).code, 404);
  await establish(api);
  assert.is((await api.ask(tab("one"))).code, 201);
  await api.close();
});

test("objects get defaults, lose what is unknown and count their generations", async () => {
  const api = await started();
  const { code, body, raw } = await api.ask({ ...tab("one", { image: "a", colour: "red" }), options: { fieldValidation: "Warn" } });
  assert.is(code, 201);
  assert.equal(raw.warnings, ['unknown field "spec.colour"']);
  assert.equal((body as unknown as Tab).spec, { image: "a", replicas: 1 });
  const at = { ...tabs, name: "one", verb: "patch", type: "application/merge-patch+json" } as const;
  assert.is((await api.must<Tab>({ ...at, body: { spec: { image: "b" } } })).metadata.generation, 2);
  const status = await api.must<Tab>({ ...at, subresource: "status", body: { spec: { image: "c" }, status: { replicas: 3 } } });
  assert.equal([status.metadata.generation, status.spec["image"], status.status], [2, "b", { replicas: 3 }]);
  assert.is((await api.ask({ ...at, type: "application/strategic-merge-patch+json", body: {} })).code, 415);
  await api.close();
});

test("objects are judged by the schema, and strictly when the client asks", async () => {
  const api = await started();
  assert.is(
    await refusal(api, tab("one", { replicas: 0 })),
    '422 CronTab.stable.example.com "one" is invalid: [spec.image: Required value, spec.replicas: Invalid value: 0: spec.replicas in body should be greater than or equal to 1]',
  );
  assert.is(
    await refusal(api, { ...tab("one", { image: "a", colour: "red" }), options: { fieldValidation: "Strict" } }),
    '400 CronTab in version "v1" cannot be handled as a CronTab: strict decoding error: unknown field "spec.colour"',
  );
  await api.close();
});

test("a patch does not make another kind of an object", async () => {
  const api = await started();
  await api.must(tab("one"));
  const patched = async (body: object) => {
    const answer = await api.ask({ ...tabs, name: "one", verb: "patch", type: "application/merge-patch+json", body });
    return `${answer.code} ${answer.body.message}`;
  };
  const invalid = '422 CronTab.stable.example.com "one" is invalid: ';
  assert.is(await patched({ kind: "Pod" }), `${invalid}kind: Invalid value: "Pod": must be CronTab`);
  assert.is(await patched({ apiVersion: "v1" }), `${invalid}apiVersion: Invalid value: "v1": must be stable.example.com/v1`);
  await api.close();
});

test("a write to status leaves metadata alone, and takes nothing of it", async () => {
  const api = await started();
  await api.must(tab("one"));
  const at = { ...tabs, name: "one", subresource: "status", options: { fieldManager: "reporter" } } as const;
  const body = { metadata: { labels: { a: "b" }, finalizers: ["x.y/z"] }, status: { replicas: 3 } };
  const patched = await api.must<Tab>({ ...at, verb: "patch", type: "application/merge-patch+json", body });
  assert.equal([patched.metadata.labels, patched.metadata.finalizers, patched.status], [undefined, undefined, { replicas: 3 }]);
  const entry = patched.metadata.managedFields?.find(({ manager }) => manager === "reporter");
  assert.equal(entry?.fieldsV1, { "f:status": { ".": {}, "f:replicas": {} } });
  await api.close();
});

test("a scale changes what the definition's paths say, and is applied like any other", async () => {
  const api = await started();
  await api.must(tab("one"));
  const at = { ...tabs, name: "one", subresource: "scale" } as const;
  const scale = await api.must<{ spec: object }>({
    ...at,
    verb: "patch",
    type: "application/merge-patch+json",
    body: { spec: { replicas: 5 } },
  });
  assert.equal(scale.spec, { replicas: 5 });
  assert.equal((await api.must<Tab>({ ...tabs, name: "one", verb: "get" })).spec["replicas"], 5);
  await api.close();
});

test("tables have the definition's columns, and field selectors its fields", async () => {
  const api = await started();
  await api.must(tab("one"));
  await api.must(tab("two", { image: "b" }));
  const { body } = await api.ask({
    ...tabs,
    verb: "list",
    accept: "application/json;as=Table;v=v1;g=meta.k8s.io",
    options: { fieldSelector: "spec.image=b" },
  });
  assert.equal(
    (body["columnDefinitions"] as { name: string }[]).map(({ name }) => name),
    ["Name", "Replicas"],
  );
  assert.equal(
    (body["rows"] as { cells: unknown[] }[]).map(({ cells }) => cells),
    [["two", 1]],
  );
  assert.is((await api.ask({ ...tabs, verb: "list", options: { fieldSelector: "spec.replicas=1" } })).code, 400);
  await api.close();
});

test("versions that differ in nothing but their name share their objects", async () => {
  const draft = definition();
  const [v1] = draft.spec.versions;
  draft.spec.versions = v1 === undefined ? [] : [v1, { ...v1, name: "v2", storage: false }];
  const api = await started(draft);
  await api.must(tab("one"));
  const v2 = { ...tabs, of: "crontabs.stable.example.com/v2" };
  const seen = await api.must<Tab>({ ...v2, name: "one", verb: "get" });
  assert.is(seen.apiVersion, "stable.example.com/v2");
  await api.must({ ...v2, name: "one", verb: "patch", type: "application/merge-patch+json", body: { spec: { image: "b" } } });
  assert.equal((await api.must<Tab>({ ...tabs, name: "one", verb: "get" })).spec["image"], "b");
  const watched = api.watch(v2);
  await settled();
  assert.equal(
    watched.events.map(({ object }) => object.apiVersion),
    ["stable.example.com/v2"],
  );
  await api.close();
});

test("server-side apply knows the lists of the schema", async () => {
  const draft = definition();
  const properties = draft.spec.versions[0]?.schema?.openAPIV3Schema?.properties?.["spec"]?.properties;
  Object.assign(properties ?? {}, {
    jobs: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: { type: "object", required: ["name"], properties: { name: { type: "string" }, at: { type: "string" } } },
    },
  });
  const api = await started(draft);
  const apply = (manager: string, jobs: readonly object[]): Ask => ({
    ...tabs,
    name: "one",
    verb: "patch",
    type: "application/apply-patch+yaml",
    body: { apiVersion: "stable.example.com/v1", kind: "CronTab", metadata: { name: "one" }, spec: { image: "a", jobs } },
    options: { fieldManager: manager },
  });
  await api.must(apply("a", [{ name: "x", at: "1" }]));
  const both = await api.must<Tab>(apply("b", [{ name: "y" }]));
  assert.equal(both.spec["jobs"], [{ name: "x", at: "1" }, { name: "y" }]);
  const { body } = await api.ask(apply("b", [{ name: "x", at: "2" }]));
  assert.is(body.message, 'Apply failed with 1 conflict: conflict with "a": .spec.jobs[name="x"].at');
  await api.close();
});

test("who replaces a definition does not take its finalizer away", async () => {
  const api = await started();
  const at = { ...crds, name: "crontabs.stable.example.com" } as const;
  await api.must({ ...at, verb: "update", body: definition() });
  const { metadata } = await api.must<Stored<CustomResourceDefinition>>({ ...at, verb: "get" });
  assert.equal(metadata.finalizers, ["customresourcecleanup.apiextensions.k8s.io"]);
  await api.close();
});

test("a definition that is being deleted serves what there is and takes nothing new", async () => {
  const api = await started();
  await api.must(tab("one"));
  await api.must({ ...crds, verb: "delete", name: "crontabs.stable.example.com" });
  const late = await api.ask(tab("two"));
  assert.equal([late.code, late.body.message], [405, "create not allowed while custom resource definition is terminating"]);
  assert.is((await api.ask({ ...tabs, name: "one", verb: "delete" })).code, 200);
  const body = { metadata: { finalizers: null } };
  await api.must({ ...crds, name: "crontabs.stable.example.com", verb: "patch", type: "application/merge-patch+json", body });
  assert.is((await api.ask({ ...tabs, verb: "list" })).code, 404);
  await api.close();
});

test("a restart finds definitions and their objects", async () => {
  const first = await started();
  await first.must(tab("one"));
  const { store } = first;
  await first.server.close();
  const second = await startApiServer({ store });
  assert.is((await second.must<Tab>({ ...tabs, name: "one", verb: "get" })).metadata.name, "one");
  await second.close();
});

test("a definition that says too little is refused with every field that is missing", async () => {
  const api = await startApiServer();
  const message = await refusal(api, { ...crds, verb: "create", body: { metadata: { name: "x.example.com" }, spec: {} } });
  for (const field of ["spec.group", "spec.scope", "spec.versions", "spec.names.plural", "spec.names.kind"])
    assert.match(message, `${field}: `);
  assert.match(await refusal(api, { ...crds, verb: "create", body: { metadata: { name: "x" } } }), /^422 /);
  const unnamed = { metadata: { name: "x.example.com" }, spec: { versions: [{}] } };
  assert.match(await refusal(api, { ...crds, verb: "create", body: unnamed }), 'spec.versions[0].name: Invalid value: ""');
  await api.close();
});

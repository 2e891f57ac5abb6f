// Custom resources whose definition changes while they lie in the store.
import * as assert from "uvu/assert";
import type { V1JSONSchemaProps } from "#api/generated/types.ts";
import { definedResource } from "#actors/controllers/custom-resources/resource.ts";
import type { CustomResourceDefinition } from "#api/apiextensions/v1/custom-resource-definition.ts";
import type { Draft, Stored } from "#api/meta/object.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";
import { crds, definition, establish, tab, tabs, type Tab } from "./cron-tabs.ts";

const test = suite("api-server/custom-resources-stored");

type Fields = { [name: string]: Draft<V1JSONSchemaProps> };
type Version = Draft<ReturnType<typeof definition>>["spec"]["versions"][number];

const NAME = "crontabs.stable.example.com";
const MERGE = "application/merge-patch+json";

/** A version whose spec has these fields. */
const versionWith = (properties: Fields, more: Partial<Version> = {}): Version => ({
  name: "v1",
  served: true,
  storage: true,
  schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties } } } },
  ...more,
});

const started = async (...versions: Version[]): Promise<TestServer> => {
  const api = await startApiServer();
  const draft = definition();
  await api.must({ ...crds, verb: "create", body: { ...draft, spec: { ...draft.spec, versions } } });
  await establish(api);
  return api;
};

const redefine = (api: TestServer, ...versions: Version[]): Promise<unknown> =>
  api.must({ ...crds, verb: "patch", name: NAME, type: MERGE, body: { spec: { versions } } });

const read = (api: TestServer, of: string = tabs.of): Promise<Tab> => api.must<Tab>({ ...tabs, of, verb: "get", name: "one" });

const TEXT: Draft<V1JSONSchemaProps> = { type: "string" };

test("what lies in the store is read with the defaults of today, which are not written", async () => {
  const api = await started(versionWith({ a: TEXT, b: TEXT }));
  const made = await api.must<Tab>(tab("one", { a: "x" }));
  await redefine(api, versionWith({ a: TEXT, b: { ...TEXT, default: "B" } }));
  const watched = api.watch(tabs);
  await settled();
  assert.equal((watched.events[0]?.object as Tab | undefined)?.spec, { a: "x", b: "B" });
  const seen = await read(api);
  assert.equal([seen.spec, seen.metadata.resourceVersion], [{ a: "x", b: "B" }, made.metadata.resourceVersion]);
  await redefine(api, versionWith({ a: TEXT, b: TEXT, c: { ...TEXT, default: "C" } }));
  assert.equal((await read(api)).spec, { a: "x", c: "C" });
  await api.close();
});

test("what the schema knows no more is not shown, and is there again when the schema knows it again", async () => {
  const api = await started(versionWith({ a: TEXT, b: TEXT }));
  await api.must(tab("one", { a: "x", b: "y" }));
  await redefine(api, versionWith({ a: TEXT }));
  assert.equal((await read(api)).spec, { a: "x" });
  await redefine(api, versionWith({ a: TEXT, b: TEXT }));
  assert.equal((await read(api)).spec, { a: "x", b: "y" });
  await api.close();
});

test("an update that changes nothing writes what is read, once", async () => {
  const api = await started(versionWith({ a: TEXT }));
  const made = await api.must<Tab>(tab("one", { a: "x" }));
  await redefine(api, versionWith({ a: TEXT, b: { ...TEXT, default: "B" } }));
  const body = await read(api);
  const written = await api.must<Tab>({ ...tabs, verb: "update", name: "one", body });
  assert.is.not(written.metadata.resourceVersion, made.metadata.resourceVersion);
  const again = await api.must<Tab>({ ...tabs, verb: "update", name: "one", body: written });
  assert.is(again.metadata.resourceVersion, written.metadata.resourceVersion);
  await redefine(api, versionWith({ a: TEXT, b: TEXT }));
  assert.equal((await read(api)).spec, { a: "x", b: "B" });
  await api.close();
});

test("an object is read with the defaults of the version that is stored, without what the version asked for does not know", async () => {
  const v2 = versionWith({ a: TEXT, z: { ...TEXT, default: "Z" } }, { name: "v2", storage: false });
  const api = await started(versionWith({ a: TEXT, b: TEXT }), v2);
  await api.must(tab("one", { a: "x", b: "y" }));
  assert.equal((await read(api, `${NAME}/v2`)).spec, { a: "x" });
  await api.close();
});

test("when another version is stored, an update that changes nothing moves the object to it", async () => {
  const fields = { a: TEXT };
  const api = await started(versionWith(fields), versionWith(fields, { name: "v2", storage: false }));
  const made = await api.must<Tab>(tab("one", { a: "x" }));
  await redefine(api, versionWith(fields, { storage: false }), versionWith(fields, { name: "v2" }));
  const { status } = await api.must<{ status: { storedVersions: string[] } }>({ ...crds, verb: "get", name: NAME });
  assert.equal(status.storedVersions, ["v1", "v2"]);
  const moved = await api.must<Tab>({ ...tabs, verb: "update", name: "one", body: await read(api) });
  assert.is.not(moved.metadata.resourceVersion, made.metadata.resourceVersion);
  const again = await api.must<Tab>({ ...tabs, verb: "update", name: "one", body: moved });
  assert.is(again.metadata.resourceVersion, moved.metadata.resourceVersion);
  await api.close();
});

test("who manages fields in a version keeps them while that is not served, and loses them when it is gone", async () => {
  const [v1, v2] = [versionWith({ a: TEXT }), versionWith({ a: TEXT }, { name: "v2", storage: false })];
  const api = await started(v1, v2);
  await api.must({ ...tab("one", { a: "x" }), options: { fieldManager: "old" } });
  const managers = async (): Promise<unknown> => {
    const at = { ...tabs, of: `${NAME}/v2`, name: "one", verb: "patch", type: MERGE, options: { fieldManager: "new" } } as const;
    const { metadata } = await api.must<Tab>({ ...at, body: { metadata: { labels: { at: `${api.clock.now()}` } } } });
    return metadata.managedFields?.map(({ manager }) => manager).toSorted();
  };
  await redefine(api, { ...v1, served: false, storage: false }, { ...v2, storage: true });
  assert.equal(await managers(), ["new", "old"]);
  await api.clock.advance(1_000);
  await api.must({ ...crds, verb: "patch", name: NAME, subresource: "status", type: MERGE, body: { status: { storedVersions: ["v2"] } } });
  await redefine(api, { ...v2, storage: true });
  assert.equal(await managers(), ["new"]);
  await api.close();
});

test("a definition that serves nothing is emptied too when it is deleted", async () => {
  const api = await started(versionWith({ a: TEXT }));
  await api.must(tab("one", { a: "x" }));
  await redefine(api, versionWith({ a: TEXT }, { served: false }));
  assert.is((await api.ask({ ...tabs, verb: "list" })).code, 404);
  const dying = await api.must<Stored<CustomResourceDefinition>>({ ...crds, verb: "delete", name: NAME });
  assert.is(definedResource(dying)?.version, "v1");
  await api.must({ ...tabs, verb: "deletecollection" });
  assert.equal((await api.must<{ items: unknown[] }>({ ...tabs, verb: "list" })).items, []);
  await api.close();
});

test("a field that a new schema forbids hinders no change of others", async () => {
  const api = await started(versionWith({ a: TEXT, b: TEXT }));
  await api.must(tab("one", { a: "long", b: "x" }));
  await redefine(api, versionWith({ a: { ...TEXT, maxLength: 1 }, b: TEXT }));
  const patch = (spec: object) => api.ask({ ...tabs, verb: "patch", name: "one", type: MERGE, body: { spec } });
  assert.is((await patch({ b: "y" })).code, 200);
  assert.is((await patch({ a: "longer" })).code, 422);
  assert.is((await api.ask(tab("two", { a: "long" }))).code, 422);
  await api.close();
});

test("who managed items of a list manages the list when it changes as a whole", async () => {
  const item = { type: "object", required: ["name"], properties: { name: TEXT, at: TEXT } };
  const keyed = { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] };
  const jobs = (how: object): Fields => ({ jobs: { type: "array", items: item, ...how } });
  const api = await started(versionWith(jobs(keyed)));
  const apply = (fieldManager: string, name: string) =>
    api.ask({
      ...tabs,
      name: "one",
      verb: "patch",
      type: "application/apply-patch+yaml",
      body: { apiVersion: "stable.example.com/v1", kind: "CronTab", metadata: { name: "one" }, spec: { jobs: [{ name }] } },
      options: { fieldManager },
    });
  assert.is((await apply("a", "x")).code, 201);
  await redefine(api, versionWith(jobs({ "x-kubernetes-list-type": "atomic" })));
  assert.is((await apply("b", "y")).body.message, 'Apply failed with 1 conflict: conflict with "a": .spec.jobs');
  await api.close();
});

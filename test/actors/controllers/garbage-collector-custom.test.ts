// Custom objects as owners, while their definition changes and goes.
import * as assert from "uvu/assert";
import { garbageCollector } from "#actors/controllers/garbage-collector/io.ts";
import { configMaps } from "#api/core/v1/config-map.ts";
import type { OwnerReference } from "#api/meta/object.ts";
import { Informers } from "#lib/informers.ts";
import { silent } from "#lib/log.ts";
import { seededRandom } from "#lib/random.ts";
import { crds, definition, establish, tab, tabs, type Tab } from "#test/actors/api-server/cron-tabs.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("controllers/garbage-collector-custom");
const AT = { ...crds, name: "crontabs.stable.example.com" } as const;
const MERGE = "application/merge-patch+json";

/** A server with CronTabs in two versions, and a collector. */
const withCollector = async (body: (api: TestServer) => Promise<void>): Promise<void> => {
  const api = await startApiServer();
  const draft = definition();
  const [v1] = draft.spec.versions;
  if (v1 === undefined) throw new Error("no version");
  await api.must({
    ...crds,
    verb: "create",
    body: { ...draft, spec: { ...draft.spec, versions: [v1, { ...v1, name: "v2", storage: false }] } },
  });
  await establish(api);
  const end = new AbortController();
  const ports = { client: api.client(), clock: api.clock, random: seededRandom(1), logger: silent };
  const informers = new Informers(ports);
  const controller = garbageCollector.create({ ...ports, informers });
  informers.start(end.signal);
  controller.start(end.signal);
  controller.lead(true);
  await api.clock.advance(1_000);
  await body(api);
  end.abort();
  await api.close();
};

const own = async (api: TestServer, { metadata }: Tab, version: string): Promise<void> => {
  const owner: OwnerReference = { apiVersion: `stable.example.com/${version}`, kind: "CronTab", name: metadata.name, uid: metadata.uid };
  await api.client().create(configMaps, { metadata: { namespace: "default", name: `of-${metadata.name}`, ownerReferences: [owner] } });
};

const left = async (api: TestServer): Promise<readonly string[]> => {
  await api.clock.advance(60_000);
  const { items } = await api.client().list(configMaps, { namespace: "default" });
  return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith("of-"));
};

test("owners are followed when another version is served", () =>
  withCollector(async (api) => {
    await own(api, await api.must<Tab>(tab("one")), "v1");
    const { spec } = definition();
    const versions = ["v1", "v2"].map((name) => ({ ...spec.versions[0], name, served: name === "v2", storage: name === "v2" }));
    await api.must({ ...AT, verb: "patch", type: MERGE, body: { spec: { versions } } });
    await api.clock.advance(60_000);
    const v2 = { ...tabs, of: `${tabs.of}/v2` };
    const body = { apiVersion: "stable.example.com/v2", kind: "CronTab", metadata: { name: "two" }, spec: { image: "a" } };
    await own(api, await api.must<Tab>({ ...v2, verb: "create", body }), "v2");
    assert.equal(await left(api), ["of-one", "of-two"]);
    for (const name of ["one", "two"]) await api.must({ ...v2, verb: "delete", name });
    assert.equal(await left(api), []);
  }));

test("what custom objects own goes with them, though their definition goes at once", () =>
  withCollector(async (api) => {
    await own(api, await api.must<Tab>(tab("one")), "v1");
    await api.must({ ...AT, verb: "delete" });
    await api.must({ ...tabs, verb: "deletecollection" });
    await api.must({ ...AT, verb: "patch", type: MERGE, body: { metadata: { finalizers: null } } });
    assert.equal(await left(api), []);
  }));

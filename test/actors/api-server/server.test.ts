import * as assert from "uvu/assert";
import type { V1ConfigMap } from "#api/generated/types.ts";
import { startApiServer } from "#test/support/api-server.ts";
import { settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/server");
const inDefault = { of: "configmaps", namespace: "default" };
const aMap = (name: string, rest: Partial<V1ConfigMap> = {}): V1ConfigMap => ({
  metadata: { name, ...rest.metadata },
  data: { a: "1" },
  ...rest,
});

test("an object is created, read, listed, changed and deleted", async () => {
  const api = await startApiServer();
  const created = await api.must({ ...inDefault, verb: "create", body: aMap("web") });
  assert.is(created.metadata.name, "web");
  assert.is(created.metadata.namespace, "default");
  assert.match(created.metadata.uid, /^[0-9a-f-]{36}$/);
  assert.is(created.metadata.creationTimestamp, "2026-01-01T00:00:00Z");
  assert.equal(await api.must({ ...inDefault, verb: "get", name: "web" }), created);
  const list = await api.must<{ items: unknown[]; kind: string; metadata: { resourceVersion: string } }>({ ...inDefault, verb: "list" });
  assert.is(list.kind, "ConfigMapList");
  assert.equal(list.items, [created]);
  assert.is(list.metadata.resourceVersion, created.metadata.resourceVersion);
  const changed = await api.must({ ...inDefault, verb: "update", name: "web", body: { ...created, data: { a: "2" } } });
  assert.ok(Number(changed.metadata.resourceVersion) > Number(created.metadata.resourceVersion));
  const deleted = await api.ask({ ...inDefault, verb: "delete", name: "web" });
  assert.is(deleted.body.status, "Success");
  assert.is((await api.ask({ ...inDefault, verb: "get", name: "web" })).body.message, 'configmaps "web" not found');
  await api.close();
});

test("a watch tells the state, then every change", async () => {
  const api = await startApiServer();
  await api.must({ ...inDefault, verb: "create", body: aMap("one") });
  const frames = api.watch(inDefault);
  await settled();
  await api.must({ ...inDefault, verb: "create", body: aMap("two") });
  await api.must({ ...inDefault, verb: "patch", name: "two", body: { data: { a: "2" } }, type: "application/merge-patch+json" });
  await api.must({ ...inDefault, verb: "delete", name: "one" });
  assert.equal(frames.story, ["ADDED one", "ADDED two", "MODIFIED two", "DELETED one"]);
  await api.close();
  assert.is(frames.ended, true);
});

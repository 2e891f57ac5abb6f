import * as assert from "uvu/assert";
import type { V1Deployment, V1ReplicationController, V1Scale } from "#api/generated/types.ts";
import { scaleOf } from "#actors/api-server/subresources/scale.ts";
import type { Table } from "#actors/api-server/table/table.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/subresources/scale");
const web = { of: "deployments.apps", namespace: "default", name: "web" } as const;
const scale = { ...web, subresource: "scale" } as const;

const withDeployment = async (): Promise<TestServer> => {
  const api = await startApiServer();
  const spec = {
    replicas: 2,
    selector: { matchLabels: { app: "web" }, matchExpressions: [{ key: "tier", operator: "In", values: ["b", "a"] }] },
    template: { metadata: { labels: { app: "web", tier: "a" } }, spec: { containers: [{ name: "main", image: "web:1" }] } },
  };
  await api.must({ ...web, verb: "create", body: { metadata: { name: "web" }, spec } });
  return api;
};

test("a scale shows how many are wished and there, and which they are", async () => {
  const api = await withDeployment();
  const found = await api.must<V1Scale>({ ...scale, verb: "get" });
  assert.is(found.kind, "Scale");
  assert.is(found.apiVersion, "autoscaling/v1");
  assert.is(found.spec?.replicas, 2);
  assert.equal(found.status, { replicas: 0, selector: "app=web,tier in (a,b)" });
  await api.close();
});

test("a scale as a table has columns of its own", async () => {
  const api = await withDeployment();
  const table = await api.must<Table>({ ...scale, verb: "get", accept: "application/json;as=Table;v=v1;g=meta.k8s.io" });
  assert.equal(
    table.columnDefinitions.map(({ name }) => name),
    ["Name", "Desired", "Available", "Age"],
  );
  assert.equal(table.rows[0]?.cells.slice(0, 3), ["web", 2, 0]);
  await api.close();
});

test("a put and a patch of the scale change the number alone", async () => {
  const api = await withDeployment();
  const found = await api.must<V1Scale>({ ...scale, verb: "get" });
  const put = await api.must<V1Scale>({ ...scale, verb: "update", body: { ...found, spec: { replicas: 5 } } });
  assert.is(put.spec?.replicas, 5);
  const patched = await api.must<V1Scale>({
    ...scale,
    verb: "patch",
    body: { spec: { replicas: 7 } },
    type: "application/merge-patch+json",
  });
  assert.is(patched.spec?.replicas, 7);
  const deployment = await api.must<V1Deployment>({ ...web, verb: "get" });
  assert.is(deployment.spec?.replicas, 7);
  assert.is(deployment.metadata?.generation, 3);
  assert.is((await api.ask({ ...scale, verb: "update", body: { ...found, spec: { replicas: 1 } } })).code, 409);
  await api.close();
});

test("a scale below zero is refused", async () => {
  const api = await withDeployment();
  const { code, body } = await api.ask({ ...scale, verb: "update", body: { metadata: { name: "web" }, spec: { replicas: -1 } } });
  assert.is(code, 422);
  assert.match(body.message ?? "", /spec\.replicas: Invalid value: -1: must be greater than or equal to 0/);
  assert.is((await api.ask({ ...scale, name: "none", verb: "get" })).code, 404);
  await api.close();
});

test("plain labels select too", () => {
  const controller: V1ReplicationController = { metadata: { name: "web" }, spec: { replicas: 1, selector: { b: "2", a: "1" } } };
  const { status } = scaleOf({}, controller);
  assert.is(status?.selector, "a=1,b=2");
});

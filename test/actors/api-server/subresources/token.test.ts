import * as assert from "uvu/assert";
import type { KubeObject } from "#api/meta/object.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { aPod } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/subresources/token");
const accounts = { of: "serviceaccounts", namespace: "default" } as const;

const withAccounts = async (bound: (KubeObject | undefined)[] = []): Promise<TestServer> => {
  const tokens = {
    issue: (_account: object, request: KubeObject, object: KubeObject | undefined) => {
      bound.push(object);
      return Promise.resolve({ ...request, status: { token: "signed", expirationTimestamp: "2026-01-01T01:00:00Z" } });
    },
  };
  const api = await startApiServer({ guards: () => ({ tokens }) });
  for (const name of ["default", "build"]) await api.must({ ...accounts, verb: "create", body: { metadata: { name } } });
  await api.must({ verb: "create", of: "pods", namespace: "default", body: aPod() });
  return api;
};

const ask = (api: TestServer, spec: object, name = "default") =>
  api.ask({ ...accounts, verb: "create", name, subresource: "token", body: { spec: { audiences: ["api"], ...spec } } });

test("the issuer signs for an account, bound to the object that is named", async () => {
  const bound: (KubeObject | undefined)[] = [];
  const api = await withAccounts(bound);
  const { code, body } = await ask(api, { boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "web" } });
  assert.is(code, 201);
  assert.equal(body["status"], { token: "signed", expirationTimestamp: "2026-01-01T01:00:00Z" });
  assert.is(bound[0]?.metadata?.name, "web");
  await ask(api, {});
  assert.is(bound[1], undefined);
  await api.close();
});

test("what cannot be signed is refused", async () => {
  const api = await withAccounts();
  const message = async (spec: object, name?: string) => (await ask(api, spec, name)).body.message ?? "";
  assert.match(
    await message({ expirationSeconds: 60 }),
    /spec\.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes/,
  );
  const pod = { apiVersion: "v1", kind: "Pod", name: "web" };
  assert.is(await message({ boundObjectRef: { ...pod, name: "none" } }), 'pods "none" not found');
  assert.match(
    await message({ boundObjectRef: { ...pod, uid: "x" } }),
    /the UID in the bound object reference \(x\) does not match the UID in record/,
  );
  assert.is(
    await message({ boundObjectRef: pod }, "build"),
    'cannot bind token for serviceaccount "build" to pod running with different serviceaccount name.',
  );
  assert.match(
    await message({ boundObjectRef: { apiVersion: "v1", kind: "ConfigMap", name: "x" } }),
    /cannot bind token to object of type v1, Kind=ConfigMap/,
  );
  assert.is(await message({}, "none"), 'serviceaccounts "none" not found');
  await api.close();
});

import * as assert from "uvu/assert";
import type { Attributes } from "#actors/api-server/authorizer.ts";
import type { V1Pod } from "#api/generated/types.ts";
import { alice, startApiServer, type TestServer } from "#test/support/api-server.ts";
import { aPod } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/admission/owner-references");

/** A server on which alice may do everything but this. */
const without = (verb: string, subresource = ""): Promise<TestServer> => {
  const isIt = (asked: Attributes): boolean => "resource" in asked && asked.verb === verb && (asked.subresource ?? "") === subresource;
  const authorizer = {
    authorize: (user: { readonly name: string }, asked: Attributes) =>
      ({ decision: user.name === alice.name && isIt(asked) ? "deny" : "allow", reason: "" }) as const,
  };
  return startApiServer({ guards: () => ({ authorizer }) });
};

const owner = (rest: object = {}) => [{ apiVersion: "v1", kind: "ConfigMap", name: "o", uid: "u", ...rest }];
const at = { of: "configmaps", namespace: "default", user: alice } as const;
const create = (api: TestServer, ownerReferences: object = []) =>
  api.ask({ ...at, verb: "create", body: { metadata: { name: "a", ownerReferences } } });
const own = (api: TestServer, ownerReferences: object) =>
  api.ask({ ...at, verb: "patch", name: "a", type: "application/merge-patch+json", body: { metadata: { ownerReferences } } });

test("who may not delete an object may not give it an owner", async () => {
  const api = await without("delete");
  await create(api);
  const { code, body } = await own(api, owner());
  assert.is(code, 403);
  assert.match(body.message ?? "", /^configmaps "a" is forbidden: cannot set an ownerRef on a resource you can't delete: /);
  await api.close();
});

test("who may not set an owner's finalizers may not hold up its deletion", async () => {
  const api = await without("update", "finalizers");
  const { code, body } = await create(api, owner({ blockOwnerDeletion: true }));
  assert.is(code, 403);
  assert.match(body.message ?? "", /cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on/);
  assert.is((await create(api, owner())).code, 201);
  const unknown = owner({ blockOwnerDeletion: true, kind: "Nothing" });
  assert.match((await own(api, unknown)).body.message ?? "", /cannot find RESTMapping for APIVersion v1 Kind Nothing/);
  await api.close();
});

test("a pod tells the zone of the node that it is bound to", async () => {
  const api = await startApiServer();
  const labels = { "topology.kubernetes.io/zone": "z", "topology.kubernetes.io/region": "r", other: "x" };
  await api.must({ verb: "create", of: "nodes", body: { metadata: { name: "n", labels } } });
  await api.must({ verb: "create", of: "serviceaccounts", namespace: "default", body: { metadata: { name: "default" } } });
  const place = { of: "pods", namespace: "default", name: "web" } as const;
  await api.must({ verb: "create", of: "pods", namespace: "default", body: aPod() });
  await api.must({ ...place, verb: "create", subresource: "binding", body: { target: { kind: "Node", name: "n" } } });
  const pod = await api.must<V1Pod>({ ...place, verb: "get" });
  assert.is(pod.metadata?.labels?.["topology.kubernetes.io/zone"], "z");
  assert.is(pod.metadata?.labels?.["topology.kubernetes.io/region"], "r");
  assert.is(pod.metadata?.labels?.["other"], undefined);
  await api.close();
});

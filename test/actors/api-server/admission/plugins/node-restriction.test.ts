import * as assert from "uvu/assert";
import type { V1Node, V1Pod } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import { forbiddenLabels } from "#actors/api-server/admission/plugins/node-labels.ts";
import type { User } from "#lib/api.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { aNode, aPod } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/admission/node-restriction");
const kubelet: User = { name: "system:node:worker-1", groups: ["system:nodes", "system:authenticated"] };
const MIRROR = "kubernetes.io/config.mirror";

/** A server with the node, and a pod on it and on another. */
const withNode = async () => {
  const api = await startApiServer();
  await api.must({ verb: "create", of: "serviceaccounts", namespace: "default", body: { metadata: { name: "default" } } });
  const node = await api.must<Stored<V1Node>>({ verb: "create", of: "nodes", user: kubelet, body: aNode() });
  await api.must({ verb: "create", of: "pods", namespace: "default", body: aPod({ spec: { nodeName: "worker-1" } }) });
  await api.must({
    verb: "create",
    of: "pods",
    namespace: "default",
    body: aPod({ metadata: { name: "far" }, spec: { nodeName: "worker-2" } }),
  });
  return { api, node };
};

const why = async (api: TestServer, ask: Omit<Parameters<TestServer["ask"]>[0], "user">): Promise<string | undefined> =>
  (await api.ask({ ...ask, user: kubelet })).body.message;

const merge = "application/merge-patch+json";
const podAt = (name: string) => ({ of: "pods", namespace: "default", name }) as const;

test("a new node takes no pods until it is ready", async () => {
  const { api, node } = await withNode();
  assert.equal(node.spec?.taints, [{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }]);
  await api.close();
});

test("a node writes about itself only", async () => {
  const { api } = await withNode();
  const head = 'node "worker-1" is not allowed to modify';
  const node = { verb: "patch", of: "nodes", type: merge } as const;
  assert.match(
    (await why(api, { verb: "create", of: "nodes", body: aNode({ metadata: { name: "worker-2" } }) })) ?? "",
    /is not allowed to modify node "worker-2"/,
  );
  assert.is(
    await why(api, { ...node, name: "worker-1", body: { spec: { taints: null } } }),
    `nodes "worker-1" is forbidden: ${head} taints`,
  );
  const label = { metadata: { labels: { "node-role.kubernetes.io/control-plane": "" } } };
  assert.is(
    await why(api, { ...node, name: "worker-1", body: label }),
    `nodes "worker-1" is forbidden: ${head} labels: node-role.kubernetes.io/control-plane`,
  );
  assert.is(await why(api, { ...node, name: "worker-1", body: { metadata: { labels: { zone: "a" } } } }), undefined);
  await api.close();
});

test("a node sets its own labels only", () => {
  const all = {
    "kubernetes.io/os": "wasi",
    "kubernetes.io/role": "x",
    "a.node-restriction.kubernetes.io/b": "",
    "example.com/a": "",
    "node.kubernetes.io/exclude": "",
  };
  assert.equal(forbiddenLabels(all), ["a.node-restriction.kubernetes.io/b", "kubernetes.io/role"]);
  assert.equal(forbiddenLabels({}, all), ["a.node-restriction.kubernetes.io/b", "kubernetes.io/role"]);
  assert.equal(forbiddenLabels(all, all), []);
});

test("a node reports on its own pods only", async () => {
  const { api } = await withNode();
  const status = { verb: "patch", subresource: "status", body: { status: { phase: "Running" } }, type: merge } as const;
  assert.is(await why(api, { ...podAt("web"), ...status }), undefined);
  assert.is(
    await why(api, { ...podAt("far"), ...status }),
    'pods "far" is forbidden: node "worker-1" can only update pod status for pods with spec.nodeName set to itself',
  );
  assert.is(
    await why(api, { ...podAt("web"), ...status, body: { metadata: { labels: { a: "b" } } } }),
    'pods "web" is forbidden: node "worker-1" cannot update labels through pod status',
  );
  await api.close();
});

test("a node ends its own pods only", async () => {
  const { api } = await withNode();
  assert.is(
    await why(api, { ...podAt("far"), verb: "delete" }),
    'pods "far" is forbidden: node "worker-1" can only delete pods with spec.nodeName set to itself',
  );
  assert.is(
    await why(api, { ...podAt("far"), verb: "create", subresource: "eviction", body: {} }),
    'pods "far" is forbidden: node worker-1 can only evict pods with spec.nodeName set to itself',
  );
  assert.is(
    await why(api, { ...podAt("web"), verb: "patch", body: { metadata: { labels: { a: "b" } } }, type: merge }),
    'pods "web" is forbidden: unexpected operation "UPDATE", node "worker-1" can only create and delete mirror pods',
  );
  assert.is((await api.ask({ ...podAt("web"), verb: "delete", body: { gracePeriodSeconds: 0 }, user: kubelet })).code, 200);
  await api.close();
});

test("a node makes mirrors of its own pods only", async () => {
  const { api, node } = await withNode();
  const owner = { apiVersion: "v1", kind: "Node", name: "worker-1", uid: node.metadata.uid, controller: true };
  const mirror = (parts: { owner?: object; spec?: object; annotations?: { [key: string]: string } } = {}): V1Pod => {
    const { metadata = {}, spec } = aPod({ metadata: { name: "static" }, spec: { nodeName: "worker-1", ...parts.spec } });
    const ownerReferences = [{ ...owner, ...parts.owner }];
    return { metadata: { ...metadata, annotations: parts.annotations ?? { [MIRROR]: "x" }, ownerReferences }, spec };
  };
  const create = (body: V1Pod) => why(api, { verb: "create", of: "pods", namespace: "default", body });
  const head = 'pods "static" is forbidden: node "worker-1" can';
  assert.is(await create(mirror({ owner: { name: "worker-2" } })), `${head} only create pods with an owner reference set to itself`);
  assert.is(
    await create(mirror({ owner: { controller: false } })),
    `${head} only create pods with a controller owner reference set to itself`,
  );
  assert.is(
    await create(mirror({ owner: { uid: "other" } })),
    `pods "static" is forbidden: node worker-1 UID mismatch: expected other got ${node.metadata.uid}`,
  );
  assert.is(await create(mirror({ spec: { nodeName: "worker-2" } })), `${head} only create pods with spec.nodeName set to itself`);
  assert.match(
    (await create(mirror({ annotations: {} }))) ?? "",
    /pod does not have "kubernetes\.io\/config\.mirror" annotation, node "worker-1" can only create mirror pods/,
  );
  assert.match(
    (await create(mirror({ spec: { volumes: [{ name: "s", secret: { secretName: "s" } }] } }))) ?? "",
    /can not create pods that reference secrets|may not reference secrets/,
  );
  assert.is(
    await create(mirror({ owner: { blockOwnerDeletion: true } })),
    `pods "static" is forbidden: node "worker-1" must not set blockOwnerDeletion on an owner reference`,
  );
  const twice = mirror();
  const owners = [...(twice.metadata?.ownerReferences ?? []), { ...owner, uid: "x", controller: false }];
  const two = { ...twice, metadata: { ...twice.metadata, ownerReferences: owners } };
  assert.is(await create(two), `${head} only create pods with a single owner reference set to itself`);
  assert.is(await create(mirror()), undefined);
  await api.close();
});

test("a node asks for tokens of its own pods only", async () => {
  const { api } = await withNode();
  const web = await api.must({ ...podAt("web"), verb: "get" });
  const far = await api.must({ ...podAt("far"), verb: "get" });
  const ask = (boundObjectRef: object | undefined) =>
    why(api, {
      verb: "create",
      of: "serviceaccounts",
      namespace: "default",
      name: "default",
      subresource: "token",
      body: { spec: { audiences: ["api"], boundObjectRef } },
    });
  const ref = { apiVersion: "v1", kind: "Pod", name: "web", uid: web.metadata.uid };
  assert.is(await ask(ref), undefined);
  assert.match((await ask(undefined)) ?? "", /node requested token not bound to a pod/);
  assert.match((await ask({ ...ref, uid: undefined })) ?? "", /without a uid/);
  assert.match((await ask({ ...ref, uid: "x" })) ?? "", /the UID in the bound object reference \(x\) does not match/);
  assert.match((await ask({ ...ref, name: "far", uid: far.metadata.uid })) ?? "", /bound to a pod scheduled on a different node/);
  await api.close();
});

test("a node without a name writes nothing, and one that is named nothing beyond its own", async () => {
  const { api } = await withNode();
  const nameless = await api.ask({ ...podAt("web"), verb: "delete", user: { name: "system:node:", groups: ["system:nodes"] } });
  assert.is(nameless.body.message, 'pods "web" is forbidden: could not determine node from user "system:node:"');
  const bind = { ...podAt("web"), verb: "create", subresource: "binding", body: { target: { name: "worker-1" } } } as const;
  assert.match((await why(api, bind)) ?? "", /unexpected pod subresource "binding", only 'status' and 'eviction' are allowed/);
  const labelled = aNode({ metadata: { name: "worker-1", labels: { "kubernetes.io/role": "x" } } });
  await api.must({ verb: "delete", of: "nodes", name: "worker-1", user: kubelet });
  assert.match(
    (await why(api, { verb: "create", of: "nodes", body: labelled })) ?? "",
    /not allowed to set the following labels: kubernetes\.io\/role/,
  );
  await api.close();
});

test("a node renews its own lease only", async () => {
  const { api } = await withNode();
  const create = (namespace: string, name: string) =>
    why(api, { verb: "create", of: "leases.coordination.k8s.io", namespace, body: { metadata: { name }, spec: {} } });
  assert.is(await create("kube-node-lease", "worker-1"), undefined);
  assert.match((await create("kube-node-lease", "worker-2")) ?? "", /can only access node lease with the same name as the requesting node/);
  assert.match((await create("default", "worker-1")) ?? "", /can only access leases in the "kube-node-lease" system namespace/);
  await api.close();
});

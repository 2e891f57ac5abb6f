import * as assert from "uvu/assert";
import { createNodeAuthorizer, nodeOf } from "#actors/api-server/authz/node.ts";
import { pods } from "#api/core/v1/pod.ts";
import { MemoryObjects } from "#test/actors/api-server/memory-objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("authz/node");
const node = { name: "system:node:worker-1", groups: ["system:nodes", "system:authenticated"] };
const ask = (verb: string, resource: string, more = {}) => ({ verb, group: "", version: "v1", resource, namespace: "a", ...more });
const nodes = (verb: string, more = {}) => ask(verb, "nodes", { namespace: "", ...more });
const lease = (verb: string, more = {}) => ask(verb, "leases", { group: "coordination.k8s.io", namespace: "kube-node-lease", ...more });
const podOn = (nodeName: string, name = "web", more = {}) => ({
  metadata: { namespace: "a", name, uid: `${name}-uid` },
  spec: {
    nodeName,
    serviceAccountName: "bot",
    imagePullSecrets: [{ name: "registry" }],
    initContainers: [{ name: "i", image: "x", envFrom: [{ configMapRef: { name: "settings" } }] }],
    containers: [{ name: "c", image: "x", env: [{ name: "A", valueFrom: { secretKeyRef: { name: "env-secret", key: "k" } } }] }],
    volumes: [
      { name: "s", secret: { secretName: "volume-secret" } },
      { name: "p", projected: { sources: [{ configMap: { name: "kube-root-ca.crt" } }, { secret: { name: "projected-secret" } }] } },
      { name: "e", ephemeral: {} },
    ],
    ...more,
  },
});
const setUp = () => {
  const objects = new MemoryObjects();
  const authorizer = createNodeAuthorizer(objects);
  const decide = (attributes: Parameters<typeof authorizer.authorize>[1], user = node) => authorizer.authorize(user, attributes);
  return { objects, decide, allows: (attributes: Parameters<typeof authorizer.authorize>[1]) => decide(attributes).decision === "allow" };
};

test("knows nodes by name and group both", () => {
  assert.is(nodeOf(node), "worker-1");
  assert.is(nodeOf({ ...node, groups: [] }), undefined);
  assert.is(nodeOf({ ...node, name: "jane" }), undefined);
});

test("has no opinion on anybody else", () => {
  const { objects, decide } = setUp();
  objects.put(pods, podOn("worker-1"));
  assert.equal(decide(ask("get", "services"), { name: "jane", groups: ["system:nodes"] }), { decision: "noOpinion", reason: "" });
  assert.is(
    decide(ask("get", "services"), { name: "system:node:", groups: ["system:nodes"] }).reason,
    'unknown node for user "system:node:"',
  );
});

test("allows reading what pods on the node refer to", () => {
  const { objects, allows } = setUp();
  objects.put(pods, podOn("worker-1"));
  for (const name of ["registry", "env-secret", "volume-secret", "projected-secret"]) {
    for (const verb of ["get", "list", "watch"]) assert.ok(allows(ask(verb, "secrets", { name })), name);
  }
  for (const name of ["settings", "kube-root-ca.crt"]) assert.ok(allows(ask("get", "configmaps", { name })), name);
  assert.ok(allows(ask("get", "persistentvolumeclaims", { name: "web-e" })));
  assert.ok(allows(ask("get", "pods", { name: "web" })));
  assert.ok(allows(ask("create", "serviceaccounts", { name: "bot", subresource: "token" })));
});

test("refuses what no pod on the node refers to", () => {
  const { objects, decide } = setUp();
  objects.put(pods, podOn("worker-2"));
  const reason = "no relationship found between node 'worker-1' and this object";
  assert.equal(decide(ask("get", "secrets", { name: "registry" })), { decision: "noOpinion", reason });
  assert.is(decide(ask("get", "pods", { name: "web" })).reason, reason);
  assert.is(decide(ask("create", "serviceaccounts", { name: "bot", subresource: "token" })).reason, reason);
  assert.is(decide(ask("get", "secrets")).reason, "No Object name found");
  assert.is(decide(ask("list", "secrets", { namespace: "" })).reason, "can only read namespaced object of this type");
  assert.is(decide(ask("delete", "secrets", { name: "a" })).reason, "can only read resources of this type");
  assert.is(decide(ask("get", "secrets", { name: "a", subresource: "status" })).reason, "cannot read subresource");
  assert.is(decide(ask("create", "serviceaccounts", {})).reason, "can only create tokens for individual service accounts");
  assert.is(decide(ask("create", "serviceaccounts", { name: "a" })).reason, "can only create token subresource of serviceaccount");
});

test("takes access back with the last pod that gave it", () => {
  const { objects, allows } = setUp();
  const readable = () => allows(ask("get", "secrets", { name: "registry" }));
  objects.put(pods, podOn("worker-1", "one"));
  objects.put(pods, podOn("worker-1", "two"));
  objects.remove(pods, { namespace: "a", name: "one" });
  assert.ok(readable());
  objects.remove(pods, { namespace: "a", name: "two" });
  assert.not(readable());
});

test("sees a pod that gets a node, and one that gets an ephemeral container", () => {
  const { objects, allows } = setUp();
  objects.put(pods, podOn(""));
  assert.not(allows(ask("get", "secrets", { name: "registry" })));
  objects.put(pods, podOn("worker-1"));
  assert.ok(allows(ask("get", "secrets", { name: "registry" })));
  const debug = { name: "d", image: "x", envFrom: [{ secretRef: { name: "debug" } }] };
  objects.put(pods, podOn("worker-1", "web", { ephemeralContainers: [debug] }));
  assert.ok(allows(ask("get", "secrets", { name: "debug" })));
});

test("gives a mirror pod's references no weight", () => {
  const { objects, allows } = setUp();
  const pod = podOn("worker-1");
  objects.put(pods, { ...pod, metadata: { ...pod.metadata, annotations: { "kubernetes.io/config.mirror": "x" } } });
  assert.ok(allows(ask("get", "pods", { name: "web" })));
  assert.not(allows(ask("get", "secrets", { name: "registry" })));
});

test("lets a node write its pods, and read them by their node", () => {
  const { allows, decide } = setUp();
  assert.ok(allows(ask("create", "pods")) && allows(ask("delete", "pods", { name: "web" })));
  assert.ok(allows(ask("patch", "pods", { name: "web", subresource: "status" })));
  assert.ok(allows(ask("create", "pods", { name: "web", subresource: "eviction" })));
  assert.not(allows(ask("update", "pods", { name: "web" })));
  assert.not(allows(ask("get", "pods", { name: "web", subresource: "log" })));
  assert.ok(allows(ask("watch", "pods", { fieldSelector: "spec.nodeName=worker-1" })));
  for (const fieldSelector of [undefined, "spec.nodeName=worker-2", "spec.nodeName!=worker-1"]) {
    assert.is(decide(ask("list", "pods", { fieldSelector })).reason, "can only list/watch pods with spec.nodeName field selector");
  }
});

test("lets a node read and write itself only", () => {
  const { allows, decide } = setUp();
  assert.ok(allows(nodes("create")) && allows(nodes("patch", { name: "worker-1", subresource: "status" })));
  assert.ok(allows(nodes("watch", { name: "worker-1" })));
  assert.is(decide(nodes("list")).reason, "node 'worker-1' cannot read all nodes, only its own Node object");
  assert.is(decide(nodes("get", { name: "worker-2" })).reason, "node 'worker-1' cannot read 'worker-2', only its own Node object");
  assert.not(allows(nodes("delete", { name: "worker-1" })));
  assert.not(allows(nodes("get", { name: "worker-1", subresource: "proxy" })));
});

test("lets a node renew its own lease only", () => {
  const { allows, decide } = setUp();
  assert.ok(allows(lease("create")) && allows(lease("update", { name: "worker-1" })));
  assert.is(decide(lease("get", { name: "worker-2" })).reason, "can only access node lease with the same name as the requesting node");
  assert.is(decide(lease("get", { namespace: "a" })).reason, 'can only access leases in the "kube-node-lease" system namespace');
  assert.is(decide(lease("list")).reason, "can only get, create, update, patch, or delete a node lease");
});

test("decides on other resources by the role of nodes", () => {
  const { allows } = setUp();
  assert.ok(allows(ask("watch", "services", { namespace: "" })));
  assert.ok(allows(ask("get", "runtimeclasses", { group: "node.k8s.io" })));
  assert.not(allows(ask("update", "services")));
  assert.not(allows({ verb: "get", path: "/metrics" }));
});

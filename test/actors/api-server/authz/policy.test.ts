import * as assert from "uvu/assert";
import { createRbac } from "#actors/api-server/authz/rbac.ts";
import { bootstrapPolicy } from "#actors/api-server/authz/policy/bootstrap.ts";
import { NAMESPACE_BINDINGS, NAMESPACE_ROLES } from "#actors/api-server/authz/policy/namespace-roles.ts";
import { ensurePolicy, reconciledBinding, reconciledRole } from "#actors/api-server/authz/policy/reconcile.ts";
import { rule } from "#actors/api-server/authz/policy/rule.ts";
import { clusterRoleBindings } from "#api/rbac/v1/cluster-role-binding.ts";
import { clusterRoles } from "#api/rbac/v1/cluster-role.ts";
import { notFound } from "#api/meta/status.ts";
import type { Client } from "#lib/client.ts";
import { MemoryObjects } from "#test/actors/api-server/memory-objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("authz/policy");
const { roles, bindings } = bootstrapPolicy();

const rbac = () => {
  const objects = new MemoryObjects();
  for (const role of roles) objects.put(clusterRoles, role);
  for (const binding of bindings) objects.put(clusterRoleBindings, binding);
  return createRbac(objects);
};
const allows = (name: string, groups: readonly string[], attributes: Parameters<ReturnType<typeof rbac>["authorize"]>[1]): boolean =>
  rbac().authorize({ name, groups }, attributes).decision === "allow";
const ask = (verb: string, resource: string, more = {}) => ({ verb, group: "", version: "v1", resource, namespace: "a", ...more });

test("binds roles that exist, and names each once", () => {
  const names = roles.map(({ metadata }) => metadata?.name);
  assert.is(new Set(names).size, names.length);
  for (const { roleRef } of bindings) assert.ok(names.includes(roleRef.name), roleRef.name);
});

test("shows health and version to anybody, and nothing else", () => {
  const anonymous = ["system:unauthenticated"];
  for (const path of ["/healthz", "/livez", "/readyz", "/version"])
    assert.ok(allows("system:anonymous", anonymous, { verb: "get", path }), path);
  for (const path of ["/", "/api", "/apis", "/metrics", "/openapi/v3"])
    assert.not(allows("system:anonymous", anonymous, { verb: "get", path }), path);
});

test("lets everybody who is authenticated discover, and ask about themselves", () => {
  const everybody = ["system:authenticated"];
  for (const path of ["/api", "/apis/apps/v1", "/openapi/v3/api/v1"]) assert.ok(allows("jane", everybody, { verb: "get", path }), path);
  assert.ok(allows("jane", everybody, ask("create", "selfsubjectaccessreviews", { group: "authorization.k8s.io" })));
  assert.not(allows("jane", everybody, ask("get", "pods")));
});

test("lets components do their work and no more", () => {
  assert.ok(allows("system:kube-scheduler", [], ask("create", "pods", { subresource: "binding" })));
  assert.not(allows("system:kube-scheduler", [], ask("get", "secrets")));
  assert.ok(allows("system:kube-proxy", [], ask("watch", "endpointslices", { group: "discovery.k8s.io" })));
  const controller = "system:serviceaccount:kube-system:replicaset-controller";
  assert.ok(allows(controller, [], ask("create", "pods")));
  assert.not(allows(controller, [], ask("delete", "nodes")));
  assert.not(allows("system:node:n", ["system:nodes"], ask("get", "secrets")));
});

test("gives edit all of view, and admin all of edit", () => {
  const rulesOf = (name: string) => roles.find(({ metadata }) => metadata?.name === name)?.rules ?? [];
  for (const [more, less] of [
    ["edit", "view"],
    ["admin", "edit"],
  ] as const) {
    for (const one of rulesOf(less)) assert.ok(rulesOf(more).includes(one));
  }
});

const stored = { metadata: { name: "r", labels: {}, annotations: {} }, rules: [rule("get", "core", "pods")] };
const expected = { metadata: { name: "r", labels: { l: "1" }, annotations: { a: "1" } }, rules: [rule("get list", "core", "pods")] };

test("adds what a role lacks, and keeps what was added to it", () => {
  const own = {
    ...stored,
    metadata: { ...stored.metadata, labels: { l: "own" } },
    rules: [rule("get", "core", "pods"), rule("*", "x", "y")],
  };
  assert.equal(reconciledRole(own, expected), {
    metadata: { name: "r", labels: { l: "own" }, annotations: { a: "1" } },
    rules: [...own.rules, rule("list", "core", "pods")],
  });
  assert.is(reconciledRole(expected, expected), undefined);
});

test("leaves alone what an administrator opted out", () => {
  const annotations = { "rbac.authorization.kubernetes.io/autoupdate": "false" };
  assert.is(reconciledRole({ ...stored, metadata: { name: "r", annotations } }, expected), undefined);
  assert.is(
    reconciledBinding(
      { metadata: { name: "b", annotations }, roleRef: { apiGroup: "", kind: "", name: "" } },
      bindings[0] ?? (assert.unreachable() as never),
    ),
    undefined,
  );
});

test("leaves an aggregated role's rules to its controller", () => {
  const aggregated = { ...expected, aggregationRule: {} };
  assert.equal(reconciledRole(stored, aggregated)?.rules, stored.rules);
});

test("adds the subjects that a binding lacks", () => {
  const roleRef = { apiGroup: "", kind: "ClusterRole", name: "r" };
  const [a, b] = [
    { kind: "User", name: "a" },
    { kind: "User", name: "b" },
  ];
  assert.equal(
    reconciledBinding({ metadata: { name: "b" }, roleRef, subjects: [b] }, { metadata: { name: "b" }, roleRef, subjects: [a, b] })
      ?.subjects,
    [b, a],
  );
});

type Place = { readonly namespace?: string | undefined; readonly name?: string | undefined };
type WithPlace = { readonly metadata?: Place | undefined };

test("writes the whole policy once, and the second time nothing", async () => {
  const objects = new Map<string, WithPlace>();
  const keyOf = (resource: { resource: string }, { namespace = "", name = "" }: Place): string =>
    `${resource.resource}/${namespace}/${name}`;
  let writes = 0;
  const write = async (resource: { resource: string }, object: WithPlace) => {
    writes++;
    objects.set(keyOf(resource, object.metadata ?? {}), object);
  };
  const client = {
    get: async (resource: { resource: string }, place: Place) => {
      const object = objects.get(keyOf(resource, place));
      if (object === undefined) throw notFound({ group: "", resource: resource.resource, name: place.name });
      return object;
    },
    create: write,
    update: write,
  } as unknown as Client;
  const { signal } = new AbortController();
  await ensurePolicy(client, signal);
  const all = roles.length + bindings.length + NAMESPACE_ROLES.length + NAMESPACE_BINDINGS.length;
  assert.is(writes, all);
  await ensurePolicy(client, signal);
  assert.is(writes, all);
});

test("lets the controllers of workloads and storage do their work, and people see what is in their namespaces", () => {
  const controller = (name: string): string => `system:serviceaccount:kube-system:${name}`;
  assert.ok(allows(controller("job-controller"), [], ask("update", "jobs", { group: "batch", subresource: "status" })));
  assert.ok(allows(controller("statefulset-controller"), [], ask("create", "persistentvolumeclaims")));
  assert.ok(allows(controller("daemon-set-controller"), [], ask("create", "controllerrevisions", { group: "apps" })));
  assert.ok(allows(controller("horizontal-pod-autoscaler"), [], ask("update", "deployments", { group: "apps", subresource: "scale" })));
  assert.not(allows(controller("cronjob-controller"), [], ask("create", "pods")));
  assert.not(allows(controller("pv-protection-controller"), [], ask("delete", "persistentvolumes")));
  const view = roles.find(({ metadata }) => metadata?.name === "view")?.rules ?? [];
  const seen = (group: string): readonly string[] =>
    view.filter(({ apiGroups }) => apiGroups?.includes(group)).flatMap(({ resources = [] }) => resources);
  assert.ok(["cronjobs", "jobs"].every((name) => seen("batch").includes(name)));
  assert.ok(["ingresses", "networkpolicies"].every((name) => seen("networking.k8s.io").includes(name)));
  assert.not(seen("").includes("secrets"));
});

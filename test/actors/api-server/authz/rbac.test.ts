import * as assert from "uvu/assert";
import { createRbac } from "#actors/api-server/authz/rbac.ts";
import { rule } from "#actors/api-server/authz/policy/rule.ts";
import { clusterRoleBindings } from "#api/rbac/v1/cluster-role-binding.ts";
import { clusterRoles } from "#api/rbac/v1/cluster-role.ts";
import { roleBindings } from "#api/rbac/v1/role-binding.ts";
import { roles } from "#api/rbac/v1/role.ts";
import { MemoryObjects } from "#test/actors/api-server/memory-objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("authz/rbac");
const group = "rbac.authorization.k8s.io";
const jane = { name: "jane", groups: ["devs", "system:authenticated"] };
const listPods = (namespace?: string) => ({ verb: "list", group: "", version: "v1", resource: "pods", namespace });
const roleRef = (kind: "Role" | "ClusterRole", name: string) => ({ apiGroup: group, kind, name });
const user = (name: string) => ({ kind: "User", name });
const setUp = () => {
  const objects = new MemoryObjects();
  return { objects, rbac: createRbac(objects) };
};

test("has no opinion on a user without bindings", () => {
  const { rbac } = setUp();
  assert.equal(rbac.authorize(jane, listPods("a")), { decision: "noOpinion", reason: "" });
});

test("allows in one namespace what a Role there grants", () => {
  const { objects, rbac } = setUp();
  objects.put(roles, { metadata: { namespace: "a", name: "reader" }, rules: [rule("list", "core", "pods")] });
  objects.put(roleBindings, { metadata: { namespace: "a", name: "b" }, roleRef: roleRef("Role", "reader"), subjects: [user("jane")] });
  assert.equal(rbac.authorize(jane, listPods("a")), {
    decision: "allow",
    reason: 'RBAC: allowed by RoleBinding "b/a" of Role "reader" to User "jane"',
  });
  assert.is(rbac.authorize(jane, listPods("other")).decision, "noOpinion");
  assert.is(rbac.authorize(jane, listPods()).decision, "noOpinion");
});

test("allows everywhere what a ClusterRoleBinding grants to a group", () => {
  const { objects, rbac } = setUp();
  objects.put(clusterRoleBindings, {
    metadata: { name: "b" },
    roleRef: roleRef("ClusterRole", "reader"),
    subjects: [{ kind: "Group", name: "devs" }],
  });
  objects.put(clusterRoles, { metadata: { name: "reader" }, rules: [rule("list", "core", "pods")] });
  assert.equal(rbac.authorize(jane, listPods()), {
    decision: "allow",
    reason: 'RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "reader" to Group "devs"',
  });
  assert.is(rbac.authorize(jane, listPods("a")).decision, "allow");
});

test("takes a service account's namespace from the binding when it has none", () => {
  const { objects, rbac } = setUp();
  objects.put(roles, { metadata: { namespace: "a", name: "reader" }, rules: [rule("list", "core", "pods")] });
  objects.put(roleBindings, {
    metadata: { namespace: "a", name: "b" },
    roleRef: roleRef("Role", "reader"),
    subjects: [{ kind: "ServiceAccount", name: "bot" }],
  });
  const bot = { name: "system:serviceaccount:a:bot", groups: [] };
  assert.equal(rbac.authorize(bot, listPods("a")), {
    decision: "allow",
    reason: 'RBAC: allowed by RoleBinding "b/a" of Role "reader" to ServiceAccount "bot/a"',
  });
});

test("says which roles of bindings are not there, each once", () => {
  const { objects, rbac } = setUp();
  const bind = (name: string, role: string) =>
    objects.put(roleBindings, { metadata: { namespace: "a", name }, roleRef: roleRef("Role", role), subjects: [user("jane")] });
  bind("one", "x");
  assert.is(rbac.authorize(jane, listPods("a")).reason, 'RBAC: role.rbac.authorization.k8s.io "x" not found');
  bind("two", "x");
  bind("three", "y");
  assert.is(
    rbac.authorize(jane, listPods("a")).reason,
    'RBAC: [role.rbac.authorization.k8s.io "x" not found, role.rbac.authorization.k8s.io "y" not found]',
  );
});

test("forgets what was taken away", () => {
  const { objects, rbac } = setUp();
  const allowed = (): boolean => rbac.authorize(jane, listPods()).decision === "allow";
  const bind = (subjects: { kind: string; name: string }[]) =>
    objects.put(clusterRoleBindings, { metadata: { name: "b" }, roleRef: roleRef("ClusterRole", "reader"), subjects });
  objects.put(clusterRoles, { metadata: { name: "reader" }, rules: [rule("list", "core", "pods")] });
  bind([user("jane"), user("joe")]);
  assert.ok(allowed());
  bind([user("joe")]);
  assert.not(allowed());
  bind([user("jane")]);
  objects.put(clusterRoles, { metadata: { name: "reader" } });
  assert.not(allowed());
  objects.put(clusterRoles, { metadata: { name: "reader" }, rules: [rule("*", "*", "*")] });
  assert.ok(allowed());
  objects.remove(clusterRoleBindings, { name: "b" });
  assert.not(allowed());
});

test("gives the rules behind decisions, each once", () => {
  const { objects, rbac } = setUp();
  const rules = [rule("list", "core", "pods")];
  objects.put(clusterRoles, { metadata: { name: "reader" }, rules });
  for (const name of ["one", "two"]) {
    objects.put(clusterRoleBindings, { metadata: { name }, roleRef: roleRef("ClusterRole", "reader"), subjects: [user("jane")] });
  }
  objects.put(roleBindings, { metadata: { namespace: "a", name: "b" }, roleRef: roleRef("Role", "gone"), subjects: [user("jane")] });
  assert.equal(rbac.rightsOf(jane, "a"), { rules, errors: ['role.rbac.authorization.k8s.io "gone" not found'] });
  assert.equal(rbac.rightsOf(jane, ""), { rules, errors: [] });
  assert.equal(rbac.rulesOf(roleRef("ClusterRole", "reader"), "a"), rules);
  assert.is(rbac.rulesOf(roleRef("Role", "reader"), "a"), undefined);
});

import * as assert from "uvu/assert";
import { createEscalationCheck } from "#actors/api-server/authz/escalation.ts";
import { rule } from "#actors/api-server/authz/policy/rule.ts";
import { createRbac } from "#actors/api-server/authz/rbac.ts";
import { clusterRoleBindings } from "#api/rbac/v1/cluster-role-binding.ts";
import { clusterRoles } from "#api/rbac/v1/cluster-role.ts";
import type { V1PolicyRule } from "#api/generated/types.ts";
import { ApiError } from "#api/meta/status.ts";
import { MemoryObjects } from "#test/actors/api-server/memory-objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("authz/escalation");
const group = "rbac.authorization.k8s.io";
const jane = { name: "jane", groups: ["devs"] };
const roles = { group, resource: "roles", namespace: "a" };
const bindings = { group, resource: "rolebindings", namespace: "a" };
const roleRef = (name: string) => ({ apiGroup: group, kind: "ClusterRole", name });

/** Jane has these rules everywhere. */
const setUp = (...rules: V1PolicyRule[]) => {
  const objects = new MemoryObjects();
  objects.put(clusterRoles, { metadata: { name: "janes" }, rules });
  objects.put(clusterRoles, { metadata: { name: "secrets" }, rules: [rule("get", "core", "secrets")] });
  objects.put(clusterRoleBindings, { metadata: { name: "b" }, roleRef: roleRef("janes"), subjects: [{ kind: "User", name: "jane" }] });
  const rbac = createRbac(objects);
  return createEscalationCheck(rbac, rbac);
};
const refusal = (check: () => void): string => {
  try {
    check();
    return "";
  } catch (error) {
    return error instanceof ApiError ? `${error.code} ${error.message}` : String(error);
  }
};
const role = (...rules: V1PolicyRule[]) => ({ metadata: { name: "r", namespace: "a" }, rules });
const binding = (name: string) => ({ metadata: { name: "rb", namespace: "a" }, roleRef: roleRef(name), subjects: [] });

test("lets somebody write a role of what they may do", () => {
  setUp(rule("get list", "core", "pods"))(jane, roles, { object: role(rule("get", "core", "pods")) });
});

test("refuses a role of more, and names what is missing", () => {
  const check = setUp(rule("get", "core", "pods"));
  assert.is(
    refusal(() => check(jane, roles, { object: role(rule("get delete", "core", "pods"), rule("get", "core", "secrets")) })),
    `403 roles.rbac.authorization.k8s.io "r" is forbidden: user "jane" (groups=["devs"]) is attempting to grant RBAC permissions not currently held:
{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}
{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}`,
  );
});

test("lets the privileged group, and who may escalate, write any role", () => {
  const everything = { object: role(rule("*", "*", "*")) };
  setUp()({ name: "admin", groups: ["system:masters"] }, roles, everything);
  setUp(rule("escalate", group, "roles", "r"))(jane, roles, everything);
});

test("refuses a binding of a role of more, unless they may bind it", () => {
  assert.match(
    refusal(() => setUp()(jane, bindings, { object: binding("secrets") })),
    /^403 rolebindings\.\S+ "rb" is forbidden: .*\n.*secrets/,
  );
  setUp(rule("get", "core", "secrets"))(jane, bindings, { object: binding("secrets") });
  setUp(rule("bind", group, "clusterroles", "secrets"))(jane, bindings, { object: binding("secrets") });
});

test("refuses to bind a role that is not there", () => {
  assert.is(
    refusal(() => setUp()(jane, bindings, { object: binding("nothing") })),
    '404 clusterrole.rbac.authorization.k8s.io "nothing" not found',
  );
});

test("keeps aggregation for who may do everything", () => {
  const object = { ...role(), aggregationRule: { clusterRoleSelectors: [] } };
  const place = { group, resource: "clusterroles" };
  assert.match(
    refusal(() => setUp()(jane, place, { object })),
    /must have cluster-admin privileges to use an aggregationRule$/,
  );
  setUp(rule("*", "*", "*"), { nonResourceURLs: ["*"], verbs: ["*"] })(jane, place, { object });
});

test("lets the garbage collector take away owners and finalizers", () => {
  const old = { ...role(rule("*", "*", "*")), metadata: { name: "r", finalizers: ["x"], resourceVersion: "1" } };
  const check = setUp();
  check(jane, roles, { object: { ...old, metadata: { name: "r", finalizers: [] } }, old });
  assert.match(
    refusal(() => check(jane, roles, { object: { ...old, metadata: { name: "r", labels: { a: "b" } } }, old })),
    /^403/,
  );
});

test("minds no other resource", () => setUp()(jane, { group: "apps", resource: "deployments", namespace: "a" }, { object: {} }));

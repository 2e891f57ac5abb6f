import * as assert from "uvu/assert";
import { parsePolicy, scopeOf } from "#actors/api-server/audit/policy.ts";
import type { Attributes } from "#actors/api-server/authorizer.ts";
import type { User } from "#lib/api.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("audit/policy");
const head = "apiVersion: audit.k8s.io/v1\nkind: Policy\n";
const alice: User = { name: "alice", groups: ["dev", "system:authenticated"] };
const on = (resource: string, more: object = {}): Attributes => ({
  verb: "get",
  group: "",
  version: "v1",
  resource,
  namespace: "a",
  ...more,
});

/** https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/ has this policy, but for the last rules. */
const policy = parsePolicy(`${head}omitStages: [RequestReceived]
rules:
  - level: RequestResponse
    resources: [{ group: "", resources: ["pods"] }]
  - level: Metadata
    resources: [{ group: "", resources: ["pods/log", "pods/status"] }]
  - level: None
    resources: [{ group: "", resources: ["configmaps"], resourceNames: ["controller-leader"] }]
  - level: None
    users: ["system:kube-proxy"]
    verbs: ["watch"]
  - level: None
    userGroups: ["system:authenticated"]
    nonResourceURLs: ["/api*", "/version"]
  - level: Request
    resources: [{ group: "", resources: ["configmaps"] }]
    namespaces: ["kube-system"]
  - level: Metadata
    resources: [{ group: "", resources: ["secrets", "configmaps"] }, { group: apps }]
    omitStages: [ResponseStarted]
    omitManagedFields: true
  - level: Request
    resources: [{ group: batch, resources: ["*/status"] }]
`);

test("the first rule that matches says how much is written", () => {
  const cases: readonly (readonly [Attributes, string, User?])[] = [
    [on("pods"), "RequestResponse"],
    [on("pods", { subresource: "log" }), "Metadata"],
    [on("pods", { subresource: "exec" }), "None"],
    [on("configmaps", { name: "controller-leader" }), "None"],
    [on("configmaps", { namespace: "kube-system" }), "Request"],
    [on("configmaps"), "Metadata"],
    [on("secrets", { verb: "watch" }), "None", { name: "system:kube-proxy", groups: [] }],
    [on("deployments", { group: "apps" }), "Metadata"],
    [on("jobs", { group: "batch", subresource: "status" }), "Request"],
    [on("jobs", { group: "batch" }), "None"],
    [{ verb: "get", path: "/apis/apps" }, "None"],
    [{ verb: "get", path: "/metrics" }, "None"],
  ];
  for (const [attributes, level, user = alice] of cases)
    assert.is(scopeOf(policy, user, attributes).level, level, JSON.stringify(attributes));
  assert.equal(scopeOf(policy, alice, on("secrets")), {
    level: "Metadata",
    omitStages: ["RequestReceived", "ResponseStarted"],
    omitManagedFields: true,
  });
});

test("a policy that is none is refused with the reason", () => {
  assert.throws(() => parsePolicy("kind: Pod"), /apiVersion "audit.k8s.io\/v1" and kind "Policy"/);
  assert.throws(() => parsePolicy(head), /loaded illegal policy with 0 rules/);
  assert.throws(() => parsePolicy(`${head}rules: [{ level: All }]`), /rules\[0\].level: Unsupported value: "All"/);
  assert.throws(() => parsePolicy(`${head}rules: [{ level: None, omitStages: [x] }]`), /allowed stages are RequestReceived/);
  assert.throws(
    () => parsePolicy(`${head}rules: [{ level: None, namespaces: [a], nonResourceURLs: ["/x"] }]`),
    /rules cannot apply to both regular resources and non-resource URLs/,
  );
});

import * as assert from "uvu/assert";
import { attributesOf, refusal, requireAllowed, union, type Authorizer, type Decision } from "#actors/api-server/authorizer.ts";
import { privileged } from "#actors/api-server/authz/privileged.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("authorizer");
const jane = { name: "jane", groups: [] };
const always = (decision: Decision["decision"], reason = ""): Authorizer => ({ authorize: () => ({ decision, reason }) });
const none: Decision = { decision: "noOpinion", reason: "" };

test("lets the first opinion decide", () => {
  const path = { verb: "get", path: "/" };
  assert.is(union([always("noOpinion"), always("allow"), always("deny")]).authorize(jane, path).decision, "allow");
  assert.is(union([always("deny"), always("allow")]).authorize(jane, path).decision, "deny");
  assert.equal(union([always("noOpinion", "a"), always("noOpinion"), always("noOpinion", "b")]).authorize(jane, path), {
    decision: "noOpinion",
    reason: "a\nb",
  });
});

test("refuses in upstream's words", () => {
  const message = (attributes: Parameters<typeof refusal>[1], decision = none) => refusal(jane, attributes, decision).message;
  const list = { verb: "list", group: "", version: "v1", resource: "pods" };
  assert.is(
    message({ ...list, namespace: "default" }),
    'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
  );
  assert.is(message(list), 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" at the cluster scope');
  assert.is(
    message(
      { ...list, verb: "get", group: "apps", resource: "deployments", subresource: "scale", name: "web", namespace: "a" },
      { ...none, reason: "RBAC: x" },
    ),
    'deployments.apps "web" is forbidden: User "jane" cannot get resource "deployments/scale" in API group "apps" in the namespace "a": RBAC: x',
  );
  assert.is(message({ verb: "get", path: "/<a>" }), 'forbidden: User "jane" cannot get path "/&lt;a&gt;"');
  assert.equal(refusal(jane, list, none).status.details, { kind: "pods" });
});

test("throws unless it is allowed", () => {
  requireAllowed(always("allow"), jane, { verb: "get", path: "/" });
  assert.throws(() => requireAllowed(always("noOpinion"), jane, { verb: "get", path: "/" }), /cannot get path/);
});

test("sees a namespace as lying in itself", () => {
  assert.is(attributesOf({ verb: "get", group: "", version: "v1", resource: "namespaces", name: "a" }).namespace, "a");
  assert.is(attributesOf({ verb: "list", group: "", version: "v1", resource: "namespaces" }).namespace, undefined);
});

test("takes the one name that a list selects for its name", () => {
  const list = { verb: "list", group: "", version: "v1", resource: "pods", namespace: "a" } as const;
  assert.is(attributesOf({ ...list, options: { fieldSelector: "metadata.name=web" } }).name, "web");
  assert.is(attributesOf({ ...list, options: { fieldSelector: "metadata.name!=web" } }).name, undefined);
  assert.is(attributesOf({ ...list, options: { fieldSelector: "spec.nodeName=n" } }).name, undefined);
  assert.is(attributesOf(list).name, undefined);
});

test("lets the privileged group do anything", () => {
  assert.is(privileged.authorize({ name: "a", groups: ["system:masters"] }, { verb: "get", path: "/" }).decision, "allow");
  assert.is(privileged.authorize(jane, { verb: "get", path: "/" }).decision, "noOpinion");
});

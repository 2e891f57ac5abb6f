import * as assert from "uvu/assert";
import type { Authorizer } from "#actors/api-server/authorizer.ts";
import { localAccess, selfAccess, selfRules, subjectAccess } from "#actors/api-server/authz/access-review.ts";
import { pathRule, rule } from "#actors/api-server/authz/policy/rule.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("authz/access-review");
const jane = { name: "jane", groups: [] };
const seen: Parameters<Authorizer["authorize"]>[] = [];
const authorizer: Authorizer = {
  authorize: (user, attributes) => {
    seen.push([user, attributes]);
    return attributes.verb === "get"
      ? { decision: "allow", reason: "because" }
      : { decision: attributes.verb === "deny" ? "deny" : "noOpinion", reason: "" };
  },
};
const getPods = { verb: "get", resource: "pods", namespace: "a" };

test("answers for oneself", () => {
  assert.equal(selfAccess(authorizer, jane, { spec: { resourceAttributes: getPods } }).status, { allowed: true, reason: "because" });
  assert.equal(seen.at(-1), [jane, { group: "", version: "", ...getPods, fieldSelector: undefined }]);
  assert.equal(selfAccess(authorizer, jane, { spec: { nonResourceAttributes: { verb: "post", path: "/x" } } }).status, { allowed: false });
  assert.equal(selfAccess(authorizer, jane, { spec: { nonResourceAttributes: { verb: "deny" } } }).status, {
    allowed: false,
    denied: true,
  });
});

test("answers for another, with all that they are", () => {
  const spec = { user: "joe", groups: ["g"], uid: "7", extra: { k: ["v"] }, resourceAttributes: getPods };
  assert.is(subjectAccess(authorizer, { spec }).status?.allowed, true);
  assert.equal(seen.at(-1)?.[0], { name: "joe", groups: ["g"], uid: "7", extra: { k: ["v"] } });
});

test("reads field selectors however they are written", () => {
  const ask = (fieldSelector: object) => {
    selfAccess(authorizer, jane, { spec: { resourceAttributes: { ...getPods, fieldSelector } } });
    const [, attributes] = seen.at(-1) ?? [];
    return attributes !== undefined && "resource" in attributes ? attributes.fieldSelector : "none";
  };
  assert.is(ask({ rawSelector: "spec.nodeName=n" }), "spec.nodeName=n");
  assert.is(ask({ requirements: [{ key: "spec.nodeName", operator: "In", values: ["n"] }] }), "spec.nodeName=n");
});

test("answers within a namespace only about it", () => {
  const spec = { user: "joe", resourceAttributes: getPods };
  assert.is(localAccess(authorizer, "a", { spec }).status?.allowed, true);
  assert.throws(() => localAccess(authorizer, "b", { spec }), "spec.resourceAttributes.namespace must match namespace: b");
  assert.throws(
    () => localAccess(authorizer, "a", { spec: { user: "joe", nonResourceAttributes: {} } }),
    /disallowed on this kind of request/,
  );
});

test("refuses what asks nothing, or too much, or for nobody", () => {
  assert.throws(
    () => selfAccess(authorizer, jane, { spec: {} }),
    'SelfSubjectAccessReview.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: "null": exactly one of nonResourceAttributes or resourceAttributes must be specified',
  );
  assert.throws(
    () => selfAccess(authorizer, jane, { spec: { resourceAttributes: {}, nonResourceAttributes: {} } }),
    /cannot be specified in combination with resourceAttributes/,
  );
  assert.throws(() => subjectAccess(authorizer, { spec: { resourceAttributes: {} } }), /at least one of user or group must be specified/);
});

test("lists what one may do", () => {
  const rules = [rule("get", "core", "pods"), pathRule("get", "/healthz")];
  const source = { rightsOf: () => ({ rules, errors: ["a role is missing"] }), rulesOf: () => undefined };
  assert.equal(selfRules(source, jane, { spec: { namespace: "a" } }).status, {
    resourceRules: [rules[0]],
    nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/healthz"] }],
    incomplete: false,
    evaluationError: "a role is missing",
  });
  const node = { name: "system:node:n", groups: ["system:nodes"] };
  assert.is(selfRules(source, node, { spec: { namespace: "a" } }).status?.incomplete, true);
  assert.throws(() => selfRules(source, jane, { spec: {} }), "no namespace on request");
});

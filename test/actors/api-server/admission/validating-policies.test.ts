import * as assert from "uvu/assert";
import { alice, startApiServer, type Answer } from "#test/support/api-server.ts";
import { settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";
import { bind, deploy, ofConfigMaps, ofDeployments, put, withPolicy, write } from "./policies.ts";

const test = suite("api-server/admission/validating-policies");
const GROUP = "admissionregistration.k8s.io";

test("a policy denies a Deployment that does not comply, in upstream's words", async () => {
  const api = await withPolicy("validating", {
    matchConstraints: ofDeployments,
    validations: [
      { expression: "object.spec.replicas > 1", messageExpression: "'wants ' + string(object.spec.replicas + 1)" },
      { expression: "object.spec.replicas < 100" },
    ],
  });
  const { code, body } = await deploy(api, "small", 1);
  assert.is(code, 422);
  assert.is(body.reason, "Invalid");
  const why = "ValidatingAdmissionPolicy 'policy' with binding 'policy-binding' denied request: wants 2";
  assert.is(body.message, `deployments.apps "small" is forbidden: ${why}`);
  assert.match((await deploy(api, "huge", 100)).body.message ?? "", "denied request: failed expression: object.spec.replicas < 100");
  assert.is((await deploy(api, "right", 5)).code, 201);
  await api.close();
});

test("variables are composed and may be used in every expression", async () => {
  const api = await withPolicy("validating", {
    variables: [
      { name: "size", expression: "size(object.data)" },
      { name: "double", expression: "variables.size * 2" },
    ],
    validations: [{ expression: "variables.double < 4", messageExpression: "'double is ' + string(variables.double)" }],
  });
  assert.is((await put(api, "one", { a: "1" })).code, 201);
  assert.match((await put(api, "two", { a: "1", b: "2" })).body.message ?? "", "denied request: double is 4");
  await api.close();
});

test("a reason decides the code; what is bound to warn only warns", async () => {
  const validations = [{ expression: "has(object.data)", message: "needs data", reason: "Forbidden" }];
  const api = await withPolicy("validating", { validations });
  const denied = await put(api, "a", undefined);
  assert.is(denied.code, 201, "an empty map is data");
  const bare = await api.ask({ verb: "create", of: "configmaps", namespace: "default", body: { metadata: { name: "b" } } });
  assert.equal([bare.code, bare.body.reason], [403, "Forbidden"]);
  await api.close();

  const warning = await withPolicy("validating", { validations }, { validationActions: ["Warn", "Audit"] });
  const { raw, code } = await warning.ask({ verb: "create", of: "configmaps", namespace: "default", body: { metadata: { name: "b" } } });
  assert.is(code, 201);
  assert.equal(raw.warnings, ["Validation failed for ValidatingAdmissionPolicy 'policy' with binding 'policy-binding': needs data"]);
  await warning.close();
});

test("a policy that is not bound, or is bound elsewhere, judges nothing", async () => {
  const never = [{ expression: "false" }];
  const api = await startApiServer();
  await write(api, "validating", "unbound", { matchConstraints: ofConfigMaps, validations: never });
  assert.is((await put(api, "a")).code, 201);
  await bind(api, "validating", "unbound", { matchResources: { namespaceSelector: { matchLabels: { kind: "strict" } } } });
  assert.is((await put(api, "b")).code, 201);
  await api.must({ verb: "create", of: "namespaces", body: { metadata: { name: "strict", labels: { kind: "strict" } } } });
  assert.is((await put(api, "b", {}, { namespace: "strict" })).code, 422);
  await api.close();
});

test("constraints: selectors, names, and what is excluded", async () => {
  const [rule] = ofConfigMaps.resourceRules ?? [];
  const matchConstraints = {
    resourceRules: [rule],
    excludeResourceRules: [{ ...rule, resourceNames: ["spared"] }],
    objectSelector: { matchLabels: { judged: "yes" } },
  };
  const api = await withPolicy("validating", { matchConstraints, validations: [{ expression: "false" }] });
  const judged = { labels: { judged: "yes" } };
  assert.is((await put(api, "plain")).code, 201);
  assert.is((await put(api, "spared", {}, { metadata: judged })).code, 201);
  assert.is((await put(api, "judged", {}, { metadata: judged })).code, 422);
  await api.close();
});

test("match conditions spare requests; one that fails counts as the failure policy says", async () => {
  const spare = { name: "not-alice", expression: "request.userInfo.username != 'alice'" };
  const api = await withPolicy("validating", { matchConditions: [spare], validations: [{ expression: "false" }] });
  assert.is((await put(api, "a")).code, 422);
  const body = { metadata: { name: "a" } };
  assert.is((await api.ask({ verb: "create", of: "configmaps", namespace: "default", user: alice, body })).code, 201);
  await api.close();

  const broken = { name: "broken", expression: "object.data.none == 'x'" };
  const strict = await withPolicy("validating", { matchConditions: [broken], validations: [{ expression: "true" }] });
  assert.match(
    (await put(strict, "a", { a: "1" })).body.message ?? "",
    "expression 'object.data.none == 'x'' resulted in error: no such key: none",
  );
  await strict.close();
  const lenient = await withPolicy("validating", {
    failurePolicy: "Ignore",
    matchConditions: [broken],
    validations: [{ expression: "false" }],
  });
  assert.is((await put(lenient, "a", { a: "1" })).code, 201);
  await lenient.close();
});

test("an expression that fails denies, unless failures are ignored", async () => {
  const validations = [{ expression: "object.data.missing == 'x'" }];
  const strict = await withPolicy("validating", { validations });
  assert.match(
    (await put(strict, "a", { a: "1" })).body.message ?? "",
    "expression 'object.data.missing == 'x'' resulted in error: no such key: missing",
  );
  await strict.close();
  const lenient = await withPolicy("validating", { failurePolicy: "Ignore", validations });
  assert.is((await put(lenient, "a", { a: "1" })).code, 201);
  await lenient.close();
});

test("expressions see the request, the old object, the namespace and what the user may do", async () => {
  const api = await withPolicy("validating", {
    validations: [
      { expression: "request.operation == 'CREATE' || oldObject.data.a != object.data.a", message: "same" },
      { expression: "namespaceObject.metadata.name == request.namespace", message: "namespace" },
      { expression: "authorizer.group('apps').resource('deployments').namespace('default').check('create').allowed()", message: "rights" },
      { expression: "authorizer.requestResource.check('custom').allowed()", message: "more rights" },
      { expression: "request.kind.kind == 'ConfigMap' && 'system:masters' in request.userInfo.groups", message: "kind" },
    ],
  });
  const { code, body } = await put(api, "a", { a: "1" });
  assert.is(code, 201, body.message);
  const again = { verb: "update", of: "configmaps", namespace: "default", name: "a" } as const;
  assert.match(
    (await api.ask({ ...again, body: { metadata: { name: "a", labels: { b: "c" } }, data: { a: "1" } } })).body.message ?? "",
    "same",
  );
  assert.is((await api.ask({ ...again, body: { metadata: { name: "a" }, data: { a: "2" } } })).code, 200);
  await api.close();
});

test("deletions show their old object and no new one", async () => {
  const [rule] = ofConfigMaps.resourceRules ?? [];
  const api = await withPolicy("validating", {
    matchConstraints: { resourceRules: [{ ...rule, operations: ["DELETE"] }] },
    validations: [{ expression: "object == null && oldObject.data.keep != 'yes'", message: "kept" }],
  });
  await put(api, "a", { keep: "yes" });
  await put(api, "b", { keep: "no" });
  const remove = (name: string): Promise<Answer> => api.ask({ verb: "delete", of: "configmaps", namespace: "default", name });
  assert.is((await remove("a")).code, 422);
  assert.is((await remove("b")).code, 200);
  await api.close();
});

const byLimit = {
  paramKind: { apiVersion: "v1", kind: "ConfigMap" },
  validations: [{ expression: "size(object.data) <= int(params.data.max)", messageExpression: "'max ' + params.data.max" }],
};

test("parameters: by name, by label, and what happens without", async () => {
  const paramRef = { name: "limits", namespace: "kube-system", parameterNotFoundAction: "Deny" };
  const api = await withPolicy("validating", byLimit, { paramRef });
  assert.match(
    (await put(api, "a")).body.message ?? "",
    "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction",
  );
  await api.close();

  const found = await startApiServer();
  await put(found, "limits", { max: "1" });
  await write(found, "validating", "policy", { ...byLimit, matchConstraints: ofConfigMaps });
  await bind(found, "validating", "policy", { paramRef: { name: "limits", parameterNotFoundAction: "Allow" } });
  assert.is((await put(found, "a", { a: "1" })).code, 201);
  assert.match((await put(found, "b", { a: "1", b: "2" })).body.message ?? "", "denied request: max 1");
  await found.must({ verb: "create", of: "namespaces", body: { metadata: { name: "empty" } } });
  assert.is((await put(found, "b", { a: "1", b: "2" }, { namespace: "empty" })).code, 201, "nothing found, and that is allowed");
  await found.close();
});

test("parameters by label are all asked", async () => {
  const api = await startApiServer();
  await put(api, "loose", { max: "9" }, { metadata: { labels: { use: "limit" } } });
  await put(api, "tight", { max: "1" }, { metadata: { labels: { use: "limit" } } });
  await write(api, "validating", "policy", { ...byLimit, matchConstraints: ofConfigMaps });
  const selector = { matchLabels: { use: "limit" } };
  await bind(api, "validating", "policy", { paramRef: { selector, parameterNotFoundAction: "Deny" } });
  assert.match((await put(api, "b", { a: "1", b: "2" })).body.message ?? "", "denied request: max 1");
  await api.close();
});

test("parameters may be custom resources", async () => {
  const api = await startApiServer();
  const kind = { apiVersion: "rules.example.com/v1", kind: "Limit" };
  const schema = { openAPIV3Schema: { type: "object", properties: { max: { type: "integer" } } } };
  const names = { plural: "limits", kind: "Limit" };
  const crds = { of: "customresourcedefinitions.apiextensions.k8s.io", name: "limits.rules.example.com" } as const;
  const definition = {
    metadata: { name: crds.name },
    spec: { group: "rules.example.com", scope: "Cluster", names, versions: [{ name: "v1", served: true, storage: true, schema }] },
  };
  const paramKind = { paramKind: kind, validations: [{ expression: "size(object.data) <= params.max" }], matchConstraints: ofConfigMaps };
  await write(api, "validating", "policy", paramKind);
  await bind(api, "validating", "policy", { paramRef: { name: "l", parameterNotFoundAction: "Deny" } });
  const early = "failed to configure binding: failed to find resource referenced by paramKind: 'rules.example.com/v1, Kind=Limit'";
  assert.match((await put(api, "a")).body.message ?? "", early);
  await api.must({ of: crds.of, verb: "create", body: definition });
  const conditions = [{ type: "Established", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z", reason: "A", message: "" }];
  await api.must({ ...crds, verb: "patch", subresource: "status", type: "application/merge-patch+json", body: { status: { conditions } } });
  await settled();
  await api.must({ verb: "create", of: "limits.rules.example.com", body: { ...kind, metadata: { name: "l" }, max: 1 } });
  assert.is((await put(api, "a", { a: "1" })).code, 201);
  assert.match((await put(api, "b", { a: "1", b: "2" })).body.message ?? "", "failed expression: size(object.data) <= params.max");
  await api.close();
});

test("policies are never asked about policies", async () => {
  const everything = { resourceRules: [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"] }] };
  const api = await withPolicy("validating", { matchConstraints: everything, validations: [{ expression: "false" }] });
  assert.is((await put(api, "a")).code, 422);
  const { code } = await api.ask({ verb: "delete", of: `validatingadmissionpolicybindings.${GROUP}`, name: "policy-binding" });
  assert.is(code, 200);
  assert.is((await put(api, "a")).code, 201);
  await api.close();
});

// What policies leave in the audit log and in the metrics.
import * as assert from "uvu/assert";
import { annotationsOf, auditLog } from "#test/support/audit.ts";
import { valuesOf } from "#test/support/metrics.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";
import { ofConfigMaps, put, withPolicy } from "./policies.ts";

const test = suite("api-server/admission/policy-audit");

const setUp = async (spec: object, binding: object = {}) => {
  const clock = new SimulatedClock();
  const rules = '[{level: Metadata, verbs: [create], resources: [{group: "", resources: [configmaps]}]}]';
  const { auditor, events } = auditLog(clock, rules, "omitStages: [RequestReceived]");
  return { api: await withPolicy("validating", spec, binding, { clock, audit: auditor }), events };
};

const CHECKS = "apiserver_validating_admission_policy_check_total";

test("what does not hold is kept where a binding wants it, and denies nothing", async () => {
  const { api, events } = await setUp(
    { validations: [{ expression: "true" }, { expression: "size(object.data) < 1", message: "too much" }] },
    { validationActions: ["Audit", "Warn"] },
  );
  const { code, raw } = await put(api, "a", { a: "1" });
  assert.equal([code, raw.warnings?.length], [201, 1]);
  assert.equal(annotationsOf(events), {
    "validation.policy.admission.k8s.io/validation_failure": JSON.stringify([
      {
        message: "too much",
        policy: "policy",
        binding: "policy-binding",
        expressionIndex: 1,
        validationActions: ["Audit", "Warn"],
      },
    ]),
  });
  assert.equal(valuesOf(api.server.families(), CHECKS), [
    ["policy policy-binding no_error warn", 1],
    ["policy policy-binding no_error audit", 1],
  ]);
  await api.close();
});

test("a policy annotates requests under its name; null and nothing say nothing", async () => {
  const { api, events } = await setUp({
    auditAnnotations: [
      { key: "size", valueExpression: "'size is ' + string(size(object.data))" },
      { key: "none", valueExpression: "null" },
      { key: "empty", valueExpression: "'  '" },
    ],
  });
  await put(api, "a", { a: "1" });
  assert.equal(annotationsOf(events), { "policy/size": "size is 1" });
  await api.close();
});

test("several bindings' annotations of one key stand side by side, equal ones once", async () => {
  const { api, events } = await setUp(
    {
      paramKind: { apiVersion: "v1", kind: "ConfigMap" },
      matchConditions: [{ name: "not-params", expression: "!object.metadata.name.startsWith('param')" }],
      auditAnnotations: [
        { key: "of", valueExpression: "params.data.of" },
        { key: "all", valueExpression: "'same'" },
      ],
    },
    { paramRef: { name: "param-a", namespace: "default", parameterNotFoundAction: "Allow" } },
  );
  for (const name of ["a", "b"]) await put(api, `param-${name}`, { of: name });
  await api.must({
    verb: "create",
    of: "validatingadmissionpolicybindings.admissionregistration.k8s.io",
    body: {
      metadata: { name: "second" },
      spec: {
        policyName: "policy",
        validationActions: ["Deny"],
        paramRef: { name: "param-b", namespace: "default", parameterNotFoundAction: "Allow" },
      },
    },
  });
  await put(api, "x");
  assert.equal(annotationsOf(events), { "policy/of": "a, b", "policy/all": "same" });
  const excluded = valuesOf(api.server.families(), "apiserver_admission_match_condition_exclusions_total");
  assert.equal(excluded, [["policy policy validate CREATE", 1]]);
  await api.close();
});

test("an annotation that fails denies, unless failures are ignored", async () => {
  const spec = { auditAnnotations: [{ key: "broken", valueExpression: "object.data.missing" }] };
  const failing = await setUp(spec, { validationActions: ["Audit"] });
  assert.match((await put(failing.api, "a", { a: "1" })).body.message ?? "", /denied request: no such key: missing/);
  assert.equal(valuesOf(failing.api.server.families(), CHECKS), [["policy policy-binding invalid_error deny", 1]]);
  await failing.api.close();
  const ignoring = await setUp({ ...spec, failurePolicy: "Ignore" });
  assert.is((await put(ignoring.api, "a", { a: "1" })).code, 201);
  await ignoring.api.close();
});

test("a validation whose failure is ignored counts as allowed", async () => {
  const { api } = await setUp({ failurePolicy: "Ignore", validations: [{ expression: "object.data.missing == 'x'" }] });
  assert.is((await put(api, "a", { a: "1" })).code, 201);
  assert.equal(valuesOf(api.server.families(), CHECKS), [["policy policy-binding invalid_error allow", 1]]);
  await api.close();
});

test("a binding that cannot be configured denies, whatever it wants", async () => {
  const { api } = await setUp(
    { paramKind: { apiVersion: "v1", kind: "ConfigMap" }, validations: [{ expression: "true" }] },
    { validationActions: ["Warn"], paramRef: { name: "absent", namespace: "default", parameterNotFoundAction: "Deny" } },
  );
  assert.match((await put(api, "a")).body.message ?? "", /denied request: failed to configure binding: no params found/);
  await api.close();
});

test("mutations are counted by what came of them", async () => {
  const api = await withPolicy("mutating", {
    matchConstraints: ofConfigMaps,
    reinvocationPolicy: "Never",
    failurePolicy: "Ignore",
    mutations: [
      { patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{metadata: Object.metadata{labels: {'a': 'b'}}}" } },
      { patchType: "JSONPatch", jsonPatch: { expression: "[JSONPatch{op: object.data.missing, path: '/x'}]" } },
    ],
  });
  await put(api, "a");
  assert.equal(valuesOf(api.server.families(), "apiserver_mutating_admission_policy_check_total"), [
    ["policy policy-binding no_error", 1],
    ["policy policy-binding invalid_error", 1],
  ]);
  await api.close();
});

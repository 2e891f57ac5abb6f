import * as assert from "uvu/assert";
import { decide } from "#actors/controllers/validating-policy-status/decide.ts";
import type { ValidatingAdmissionPolicy } from "#api/admissionregistration/v1/validating-admission-policy.ts";
import type { V1CustomResourceDefinition, V1ValidatingAdmissionPolicySpec } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import { stored } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("controllers/validating-policy-status");

const policy = (spec: V1ValidatingAdmissionPolicySpec, resources = ["deployments"]): Stored<ValidatingAdmissionPolicy> =>
  stored<ValidatingAdmissionPolicy>({
    metadata: { name: "p", generation: 2 },
    spec: { matchConstraints: { resourceRules: [{ apiGroups: ["apps"], apiVersions: ["v1"], operations: ["*"], resources }] }, ...spec },
    status: {},
  });

const warnings = (expressions: readonly string[], resources?: string[]) =>
  decide({ policy: policy({ validations: expressions.map((expression) => ({ expression })) }, resources), definitions: [] })[0]?.policy
    .status;

test("warns of what does not fit the types, kind by kind", () => {
  assert.equal(warnings(["object.spec.replicas > 1", "object.spec.replicas > '1'", "object.foo == 1"])?.typeChecking?.expressionWarnings, [
    {
      fieldRef: "spec.validations[1].expression",
      warning:
        "apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_>_' applied to '(int, string)'\n | object.spec.replicas > '1'\n | .....................^\n",
    },
    {
      fieldRef: "spec.validations[2].expression",
      warning: "apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'foo'\n | object.foo == 1\n | ......^\n",
    },
  ]);
  const [both] =
    warnings(["object.spec.replicas > 1 && object.spec.minReadySeconds == 'a'"], ["deployments", "daemonsets"])?.typeChecking
      ?.expressionWarnings ?? [];
  assert.match(
    both?.warning ?? "",
    /Kind=Deployment: ERROR[\s\S]*Kind=DaemonSet: ERROR.*\n?.*undefined field 'replicas'|undefined field 'replicas'/,
  );
});

test("types reach through lists, maps, instants and what is either number or text", () => {
  const fine = [
    "object.spec.template.spec.containers.all(c, c.image.contains('/') && c.env.all(e, e.value.size() > 0))",
    "object.metadata.labels.all(key, object.metadata.labels[key] != '')",
    "object.metadata.creationTimestamp < timestamp('2030-01-01T00:00:00Z')",
    "type(object.spec.strategy.rollingUpdate.maxSurge) == int",
    "oldObject == null || oldObject.spec.paused",
  ];
  assert.equal(warnings(fine)?.typeChecking, {});
});

test("variables have the types of what they are made of", () => {
  const spec = {
    variables: [{ name: "size", expression: "object.spec.replicas" }],
    validations: [{ expression: "variables.size == 'x'" }],
  };
  const [action] = decide({ policy: policy(spec), definitions: [] });
  assert.match(action?.policy.status?.typeChecking?.expressionWarnings?.[0]?.warning ?? "", "(int, string)");
});

test("a policy about anything, or about what nobody knows, is not checked", () => {
  assert.equal(warnings(["object.foo"], ["*"]), { observedGeneration: 2, typeChecking: {} });
  assert.equal(warnings(["object.foo"], ["things"])?.typeChecking, {});
});

test("a policy is checked once for each change", () => {
  const [action] = decide({ policy: policy({ validations: [{ expression: "true" }] }), definitions: [] });
  const done = action?.policy as Stored<ValidatingAdmissionPolicy>;
  assert.equal(decide({ policy: done, definitions: [] }), []);
  assert.is(decide({ policy: { ...done, metadata: { ...done.metadata, generation: 3 } }, definitions: [] }).length, 1);
});

const definition: V1CustomResourceDefinition = {
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "tabs", kind: "Tab" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: {
                  replicas: { type: "integer" },
                  free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
                  either: { "x-kubernetes-int-or-string": true },
                },
              },
            },
          },
        },
      },
    ],
  },
};

const customWarnings = (expressions: readonly string[], spec: V1ValidatingAdmissionPolicySpec = {}) => {
  const resourceRules = [{ apiGroups: ["example.com"], apiVersions: ["v1"], operations: ["*"], resources: ["tabs"] }];
  const validations = expressions.map((expression) => ({ expression }));
  const observed = policy({ matchConstraints: { resourceRules }, validations, ...spec });
  return decide({ policy: observed, definitions: [definition] })[0]?.policy.status?.typeChecking?.expressionWarnings ?? [];
};

test("custom resources have the types of their schema, and every object's own fields", () => {
  const fine = [
    "object.spec.replicas > 1",
    "object.metadata.labels['a'] == 'b' && object.kind == 'Tab'",
    "object.spec.either == 1 || object.spec.either == '1'",
  ];
  assert.equal(customWarnings(fine), []);
  const [wrong, unknown] = customWarnings(["object.spec.replicas == '1'", "object.spec.missing == 1"]);
  assert.match(wrong?.warning ?? "", /^example\.com\/v1, Kind=Tab: ERROR: .*'_==_' applied to '\(int, string\)'/);
  assert.match(unknown?.warning ?? "", "undefined field 'missing'");
});

test("parameters have the types of their kind, custom ones too", () => {
  const ofTabs = { paramKind: { apiVersion: "example.com/v1", kind: "Tab" } };
  assert.equal(customWarnings(["object.spec.replicas <= params.spec.replicas"], ofTabs), []);
  assert.match(customWarnings(["params.spec.replicas == 'x'"], ofTabs)[0]?.warning ?? "", "(int, string)");
  const ofMaps = { paramKind: { apiVersion: "v1", kind: "ConfigMap" } };
  assert.match(customWarnings(["params.spec == 'x'"], ofMaps)[0]?.warning ?? "", "undefined field 'spec'");
  assert.equal(customWarnings(["params.whatever == 'x'"], { paramKind: { apiVersion: "nobody.com/v1", kind: "Knows" } }), []);
});

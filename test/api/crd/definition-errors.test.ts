import * as assert from "uvu/assert";
import { definitionErrors } from "#api/crd/definition-errors.ts";
import type { V1CustomResourceConversion, V1CustomResourceDefinition, V1CustomResourceDefinitionVersion } from "#api/generated/types.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("crd/definition-errors");

const v1: V1CustomResourceDefinitionVersion = {
  name: "v1",
  served: true,
  storage: true,
  schema: { openAPIV3Schema: { type: "object" } },
};

const definition = (spec: Partial<V1CustomResourceDefinition["spec"]> = {}, annotations = {}): V1CustomResourceDefinition => ({
  metadata: { name: `tabs.${spec.group ?? "x.io"}`, annotations },
  spec: {
    group: "x.io",
    scope: "Namespaced",
    names: { plural: "tabs", singular: "tab", kind: "Tab", listKind: "TabList" },
    versions: [v1],
    ...spec,
  },
});

const errors = (spec: Partial<V1CustomResourceDefinition["spec"]>, annotations = {}): readonly string[] =>
  [...definitionErrors(definition(spec, annotations), undefined)].map(({ field, message }) => `${field}: ${message}`);

test("what all versions share is told once, above them", () => {
  const wrong = { openAPIV3Schema: { type: "string" } };
  const why = 'Invalid value: "string": must be object at the root';
  assert.equal(errors({ versions: [{ ...v1, schema: wrong }] }), [`spec.validation.openAPIV3Schema.type: ${why}`]);
  const v2 = { ...v1, name: "v2", storage: false };
  assert.equal(
    errors({
      versions: [
        { ...v1, schema: wrong },
        { ...v2, schema: wrong },
      ],
    }),
    [`spec.validation.openAPIV3Schema.type: ${why}`],
  );
  assert.equal(errors({ versions: [v1, { ...v2, schema: wrong }] }), [`spec.versions[1].schema.openAPIV3Schema.type: ${why}`]);
  const subresources = { scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: "" } };
  assert.equal(errors({ versions: [{ ...v1, subresources }] }), ["spec.subresources.scale.statusReplicasPath: Required value"]);
  assert.equal(errors({ versions: [{ ...v1, subresources }, v2] }), [
    "spec.versions[0].subresources.scale.statusReplicasPath: Required value",
  ]);
});

test("versions have a schema and names of their own, and one of them is stored", () => {
  const { schema: _, ...bare } = v1;
  assert.equal(errors({ versions: [bare] }), ["spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required"]);
  const [twice = "", stored = ""] = errors({ versions: [v1, v1] });
  assert.match(twice, /^spec.versions: Invalid value: .*: must contain unique version names$/);
  assert.match(stored, /^spec.versions: Invalid value: .*: must have exactly one version marked as storage version$/);
  assert.equal(errors({ versions: [] }), ["spec.versions: Invalid value: []: must have exactly one version marked as storage version"]);
  const warned = (deprecated: boolean, deprecationWarning: string): readonly string[] =>
    errors({ versions: [{ ...v1, deprecated, deprecationWarning }] });
  assert.equal(warned(true, "old"), []);
  assert.match(warned(false, "old")[0] ?? "", "can only be set for deprecated versions");
  assert.match(warned(true, "")[0] ?? "", "must not be an empty string");
  assert.match(warned(true, "a".repeat(257))[0] ?? "", "must be <= 256 characters long");
});

test("a conversion says all that its strategy needs, and no more", () => {
  const conversion = (value: V1CustomResourceConversion): readonly string[] =>
    errors({ conversion: value }).map((error) => error.replace("spec.conversion.", ""));
  const ca = { url: "https://a.example" };
  assert.equal(conversion({ strategy: "None" }), []);
  assert.equal(conversion({ strategy: "Webhook", webhook: { clientConfig: ca, conversionReviewVersions: ["v2", "v1"] } }), []);
  assert.equal(conversion({ strategy: "Webhook" }), [
    "webhookClientConfig: Required value: required when strategy is set to Webhook",
    "conversionReviewVersions: Required value",
  ]);
  assert.equal(conversion({ strategy: "None", webhook: { clientConfig: ca, conversionReviewVersions: ["v1"] } }), [
    "webhookClientConfig: Forbidden: should not be set when strategy is not set to Webhook",
    "conversionReviewVersions: Forbidden: should not be set when strategy is not set to Webhook",
  ]);
  assert.equal(
    conversion({ strategy: "Webhook", webhook: { clientConfig: { url: "http://a" }, conversionReviewVersions: ["v9", "v9"] } }),
    [
      "webhookClientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]",
      'conversionReviewVersions[1]: Invalid value: "v9": duplicate version',
      'conversionReviewVersions: Invalid value: ["v9","v9"]: must include at least one of v1, v1beta1',
    ],
  );
});

test("a definition in the community's groups tells of its approval", () => {
  const at = "metadata.annotations[api-approved.kubernetes.io]";
  const approval = (text?: string): readonly string[] =>
    errors({ group: "x.k8s.io" }, text === undefined ? {} : { "api-approved.kubernetes.io": text });
  const must = 'protected groups must have approval annotation "api-approved.kubernetes.io"';
  assert.equal(approval(), [`${at}: Required value: ${must}, see https://github.com/kubernetes/enhancements/pull/1111`]);
  assert.match(approval("yes")[0] ?? "", `${at}: Invalid value: "yes": ${must} with either a URL or a reason starting with "unapproved"`);
  assert.equal(approval("https://github.com/kubernetes/enhancements/pull/1"), []);
  assert.equal(approval("unapproved, a test"), []);
  assert.equal(errors({ group: "notk8s.io" }), []);
  const old = definition({ group: "kubernetes.io" });
  assert.equal([...definitionErrors(old, old)], []);
});

test("beside a status of its own the root of a schema says nothing that would be lost", () => {
  const ofRoot = (root: object, subresources: object) => errors({ versions: [{ ...v1, schema: { openAPIV3Schema: root }, subresources }] });
  const maxed = { type: "object", maxProperties: 3, nullable: false, description: "Tabs." };
  const [why = "", ...others] = ofRoot(maxed, { status: {} });
  assert.match(why, /^spec.validation.openAPIV3Schema: Invalid value: \{"type":"object","maxProperties":3,.*\}: only \[Description Type /);
  assert.match(why, / XValidations\] fields are allowed at the root of the schema if the status subresource is enabled$/);
  assert.equal(others, []);
  assert.equal(ofRoot(maxed, {}), []);
  assert.equal(ofRoot({ type: "object", required: ["spec"], properties: { spec: { type: "object" } } }, { status: {} }), []);
  assert.equal(ofRoot({ type: "string" }, { status: {} }), [
    'spec.validation.openAPIV3Schema.type: Invalid value: "string": only "object" is allowed as the type at the root of the schema if the status subresource is enabled',
    'spec.validation.openAPIV3Schema.type: Invalid value: "string": must be object at the root',
  ]);
  const other = { ...v1, name: "v2", storage: false };
  const plain = { ...v1, schema: { openAPIV3Schema: maxed } };
  assert.is(errors({ versions: [plain, { ...other, subresources: { status: {} } }] }).length, 0, "a status elsewhere");
  assert.is(
    errors({
      versions: [
        { ...plain, subresources: { status: {} } },
        { ...other, schema: plain.schema },
      ],
    }).length,
    1,
    "one schema for all",
  );
});

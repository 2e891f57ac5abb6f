import * as assert from "uvu/assert";
import { customErrors, finalizerWarnings } from "#api/crd/kind-errors.ts";
import type { V1CustomResourceDefinitionVersion } from "#api/generated/types.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("crd/kind-errors");

const scale = { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas", labelSelectorPath: ".status.selector" };
const version: V1CustomResourceDefinitionVersion = { name: "v1", served: true, storage: true, subresources: { scale } };

const errors = (spec: object, status: object = {}): readonly string[] =>
  customErrors(version)({ metadata: { name: "a" }, spec, status } as object, undefined).map(({ field, message }) => `${field}: ${message}`);

test("what can be scaled has replicas that a scale can say", () => {
  assert.equal(errors({ replicas: 3 }, { replicas: 0, selector: "a=b" }), []);
  assert.equal(errors({}), []);
  assert.equal(errors({ replicas: -1 }), [".spec.replicas: Invalid value: -1: should be a non-negative integer"]);
  assert.equal(errors({}, { replicas: 2 ** 31 }), [
    ".status.replicas: Invalid value: 2147483648: should be less than or equal to 2147483647",
  ]);
  assert.equal(errors({ replicas: "3" }), [
    '.spec.replicas: Invalid value: 0: .spec.replicas accessor error: "3" is of the type string, expected int64',
  ]);
  assert.equal(errors({}, { selector: 1 }), [
    '.status.selector: Invalid value: "": .status.selector accessor error: 1 is of the type number, expected string',
  ]);
});

test("a finalizer that is added should say whose it is", () => {
  const warnings = (finalizers: readonly string[], before: readonly string[] = []): readonly string[] =>
    finalizerWarnings({ metadata: { finalizers } }, { metadata: { finalizers: before } });
  const why = "prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers";
  assert.equal(warnings(["x.io/done", "orphan", "foregroundDeletion", "kubernetes"]), []);
  assert.equal(warnings(["things.x.io", "done"]), [`metadata.finalizers: "done": ${why}`, `metadata.finalizers: "things.x.io": ${why}`]);
  assert.equal(warnings(["done"], ["done"]), []);
  assert.match(warnings(["a b/c"])[0] ?? "", /^metadata.finalizers: "a b\/c": prefix part a lowercase RFC 1123 subdomain/);
});

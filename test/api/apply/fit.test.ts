import * as assert from "uvu/assert";
import { misfitOf } from "#api/apply/fit.ts";
import { modelShape } from "#api/apply/shape.ts";
import { objectShape } from "#api/crd/shape.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("apply/fit");

const deployment = (spec: object): string | undefined => misfitOf({ apiVersion: "apps/v1", spec }, modelShape("V1Deployment"));
const pod = (spec: object): string | undefined => deployment({ template: { spec } });

test("a configuration that fits has nothing to tell", () => {
  assert.is(deployment({ replicas: null, template: { metadata: { labels: { a: "b" } }, spec: { volumes: null } } }), undefined);
  const resources = { limits: { cpu: 1, memory: "1Gi" } };
  assert.is(pod({ containers: [{ name: "a", resources, livenessProbe: { httpGet: { port: "http" } } }] }), undefined);
  assert.is(misfitOf({ metadata: { creationTimestamp: "2026-01-01T00:00:00Z", finalizers: ["a"] } }, modelShape("V1ConfigMap")), undefined);
});

test("an unknown field is told with the items that it stands in", () => {
  assert.is(
    pod({ containers: [{ name: "a", foo: 1, bar: 2 }] }),
    '.spec.template.spec.containers[name="a"].foo: field not declared in schema',
  );
  assert.is(deployment({ selector: { foo: 1 } }), ".spec.selector.foo: field not declared in schema");
  assert.is(pod({ tolerations: [{}, { foo: 1 }] }), ".spec.template.spec.tolerations[1].foo: field not declared in schema");
});

test("a value of a wrong type is told as Go prints it", () => {
  assert.is(deployment({ replicas: "two" }), ".spec.replicas: expected numeric (int or float), got string");
  assert.is(deployment({ replicas: [] }), ".spec.replicas: expected numeric (int or float), got []interface {}");
  assert.is(deployment({ paused: { b: [1, null], a: "x" } }), ".spec.paused: expected boolean, got &{map[a:x b:[1 <nil>]]}");
  assert.is(misfitOf({ spec: [1, 2] }, modelShape("V1Deployment")), ".spec: expected map, got &{[1 2]}");
  assert.is(pod({ containers: { name: "x" } }), ".spec.template.spec.containers: expected list, got &{map[name:x]}");
  assert.is(pod({ tolerations: 1 }), ".spec.template.spec.tolerations: expected list, got &{1}");
  assert.is(
    pod({ containers: [{ name: "a", env: [{ name: "B", value: true }] }] }),
    '.spec.template.spec.containers[name="a"].env[name="B"].value: expected string, got &value.valueUnstructured{Value:true}',
  );
  assert.is(
    misfitOf({ data: { a: { b: [1, null] } } }, modelShape("V1ConfigMap")),
    '.data.a: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"b":[]interface {}{1, interface {}(nil)}}}',
  );
  assert.is(
    pod({ containers: [{ name: "a", resources: { limits: { cpu: {} } } }] }),
    '.spec.template.spec.containers[name="a"].resources.limits.cpu: expected any scalar, got &{map[]}',
  );
});

test("items that cannot be told apart are told", () => {
  assert.is(
    pod({ containers: [{ name: "a" }, { image: "b" }] }),
    ".spec.template.spec.containers: element 1: associative list with keys has an element that omits all key fields " +
      `["name"] (and doesn't have default values for any key fields)`,
  );
  assert.is(
    pod({ containers: ["a"] }),
    ".spec.template.spec.containers: element 0: associative list with keys may not have non-map elements",
  );
  assert.is(
    pod({ containers: [null] }),
    ".spec.template.spec.containers: element 0: associative list with keys may not have a null element",
  );
  const finalizers = (...values: unknown[]): string | undefined =>
    misfitOf({ metadata: { finalizers: values } }, modelShape("V1ConfigMap"));
  assert.is(finalizers("a", "b", "a"), '.metadata.finalizers: duplicate entries for key [="a"]');
  assert.is(finalizers({}), ".metadata.finalizers: element 0: associative list without keys has an element that's a map type");
  assert.is(finalizers([]), ".metadata.finalizers: element 0: not supported: associative list with lists as elements");
  assert.is(finalizers(null), ".metadata.finalizers: element 0: associative list without keys has an element that's an explicit null");
  assert.is(finalizers(1), ".metadata.finalizers[=1]: expected string, got &value.valueUnstructured{Value:1}");
});

test("several mistakes are told together", () => {
  assert.is(
    deployment({ replicas: "x", paused: 1 }),
    "errors:\n  .spec.replicas: expected numeric (int or float), got string\n  .spec.paused: expected boolean, got &{1}",
  );
});

test("a schema of a definition is asked as it is", () => {
  const shape = objectShape({
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: {
          open: { type: "object" },
          port: { "x-kubernetes-int-or-string": true },
          atomic: { type: "object", "x-kubernetes-map-type": "atomic", properties: { a: { type: "integer" } } },
          kept: {
            type: "object",
            "x-kubernetes-preserve-unknown-fields": true,
            properties: { inner: { type: "object", properties: { a: { type: "boolean" } } } },
          },
        },
      },
    },
  });
  const misfit = (spec: object): string | undefined => misfitOf({ apiVersion: "v1", kind: "A", metadata: { name: "a" }, spec }, shape);
  assert.is(misfit({ open: { a: { b: [{}] } }, port: "x", atomic: { a: 1 }, kept: { x: 1, inner: { y: [1] } } }), undefined);
  assert.is(misfit({ port: [] }), ".spec.port: expected any scalar, got &{[]}");
  assert.is(misfit({ atomic: { a: "x" } }), ".spec.atomic.a: expected numeric (int or float), got string");
  assert.is(misfit({ kept: { inner: { a: 1 } } }), ".spec.kept.inner.a: expected boolean, got &{1}");
  assert.is(misfit({ closed: 1 }), ".spec.closed: field not declared in schema");
  assert.is(misfitOf({ metadata: { foo: 1 } }, shape), ".metadata.foo: field not declared in schema");
});

import * as fc from "fast-check";
import * as assert from "uvu/assert";
import type { V1Deployment } from "#api/generated/types.ts";
import { configMaps } from "#api/core/v1/config-map.ts";
import { deployments } from "#api/apps/v1/deployment.ts";
import { encodeValue, hasHead, headOf, parseBytes, splice, unsplice } from "#actors/api-server/cache/splice.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/cache/splice");
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test("stores kind, apiVersion and metadata first, without the revision, which the store gives", () => {
  const metadata = { resourceVersion: "7", name: "web" };
  const deployment: V1Deployment = { metadata, apiVersion: "apps/v1", kind: "Deployment", status: { replicas: 1 } };
  const value = encodeValue(deployments, deployment);
  assert.is(text(value), '{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"web"},"status":{"replicas":1}}');
});

test("a value with its revision spliced in parses to the object at that revision", () => {
  fc.assert(
    fc.property(fc.json(), fc.string(), fc.integer({ min: 1 }), (json, name, revision) => {
      const object = { metadata: { name, labels: { json } }, data: { json } };
      const value = encodeValue(configMaps, object);
      const bytes = splice(value, headOf(configMaps).length, revision);
      assert.equal(parseBytes(bytes), {
        kind: "ConfigMap",
        apiVersion: "v1",
        ...object,
        metadata: { ...object.metadata, resourceVersion: String(revision) },
      });
      assert.equal(unsplice(bytes, headOf(configMaps).length), value);
    }),
  );
});

test("tells a value of another order", () => {
  const head = headOf(configMaps);
  assert.is(hasHead(encodeValue(configMaps, { metadata: { name: "a" } }), head), true);
  assert.is(hasHead(new TextEncoder().encode('{"metadata":{"name":"a"}}'), head), false);
});

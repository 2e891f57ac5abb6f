import { controllerOf, objectKey, refOfKey } from "#api/meta/object.ts";
import { apiVersionOf, groupResource } from "#api/meta/resource.ts";
import { suite } from "#test/support/suite.ts";
import * as assert from "uvu/assert";

const test = suite("object");

test("a key is namespace/name, and leads back to the place", () => {
  for (const metadata of [{ namespace: "a", name: "b" }, { name: "b" }]) assert.equal(refOfKey(objectKey({ metadata })), metadata);
  assert.is(objectKey({ metadata: { namespace: "", name: "b" } }), "b");
  assert.is(objectKey({}), "");
});

test("the controller is the one owner that says so", () => {
  const owner = { apiVersion: "v1", kind: "Pod", name: "a", uid: "1" };
  const controller = { ...owner, uid: "2", controller: true };
  assert.is(controllerOf({ metadata: { ownerReferences: [owner, controller] } }), controller);
  assert.is(controllerOf({ metadata: { ownerReferences: [owner] } }), undefined);
  assert.is(controllerOf({}), undefined);
});

test("the core group has no name in versions and resources", () => {
  assert.is(apiVersionOf({ group: "", version: "v1" }), "v1");
  assert.is(apiVersionOf({ group: "apps", version: "v1" }), "apps/v1");
  assert.is(groupResource({ group: "", resource: "pods" }), "pods");
  assert.is(groupResource({ group: "apps", resource: "deployments" }), "deployments.apps");
});

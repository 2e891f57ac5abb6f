import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { methodOf, parseResourcePath, pathOf, urlOf, verbOf, type ResourcePath } from "#lib/https/paths.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("https/paths");
const present = (path: ResourcePath | undefined): unknown =>
  path && Object.fromEntries(Object.entries(path).filter(([, v]) => v !== undefined));

for (const [path, expected] of [
  ["/api/v1/pods", { group: "", version: "v1", resource: "pods" }],
  ["/api/v1/namespaces", { group: "", version: "v1", resource: "namespaces" }],
  ["/api/v1/namespaces/a", { group: "", version: "v1", resource: "namespaces", name: "a" }],
  ["/api/v1/namespaces/a/status", { group: "", version: "v1", resource: "namespaces", name: "a", subresource: "status" }],
  ["/api/v1/namespaces/a/finalize", { group: "", version: "v1", resource: "namespaces", name: "a", subresource: "finalize" }],
  ["/api/v1/namespaces/a/pods", { group: "", version: "v1", resource: "pods", namespace: "a" }],
  ["/api/v1/namespaces/a/pods/", { group: "", version: "v1", resource: "pods", namespace: "a" }],
  ["/api/v1/namespaces/a/pods/b/log", { group: "", version: "v1", resource: "pods", namespace: "a", name: "b", subresource: "log" }],
  ["/api/v1/nodes/n/proxy/x/y", { group: "", version: "v1", resource: "nodes", name: "n", subresource: "proxy", rest: "x/y" }],
  ["/api/v1/watch/pods", { group: "", version: "v1", resource: "pods", watch: true }],
  [
    "/apis/apps/v1/watch/namespaces/a/deployments/b",
    { group: "apps", version: "v1", resource: "deployments", namespace: "a", name: "b", watch: true },
  ],
  ["/apis/apps/v1/deployments", { group: "apps", version: "v1", resource: "deployments" }],
  ["/apis/a.b/v1/clusterroles/system%3Anode", { group: "a.b", version: "v1", resource: "clusterroles", name: "system:node" }],
] as const) {
  test(`reads ${path}`, () => assert.equal(present(parseResourcePath(path)), expected));
}

for (const path of [
  "/",
  "/healthz",
  "/api",
  "/api/v1",
  "/apis",
  "/apis/apps",
  "/apis/apps/v1",
  "/api/v1/namespaces//pods",
  "/apis//v1/a",
]) {
  test(`sees no resource in ${path}`, () => assert.is(parseResourcePath(path), undefined));
}

test("refuses malformed escapes", () => assert.throws(() => parseResourcePath("/api/v1/pods/%zz"), URIError));

test("reads back every path it writes", () => {
  const segment = fc.string({ minLength: 1 }).filter((text) => !["status", "finalize", "namespaces", "watch"].includes(text));
  const maybe = fc.option(segment, { nil: undefined });
  const group = fc.oneof(fc.constant(""), segment);
  const places = fc.record({ group, version: segment, resource: segment, namespace: maybe, name: maybe, subresource: maybe });
  fc.assert(
    fc.property(places, ({ name, subresource, ...rest }) => {
      const place = { ...rest, name, subresource: name === undefined ? undefined : subresource, rest: undefined, watch: undefined };
      assert.equal(parseResourcePath(pathOf(place)), place);
    }),
  );
});

test("derives verbs from methods", () => {
  assert.is(verbOf("GET", { name: undefined }, false), "list");
  assert.is(verbOf("GET", { name: undefined }, true), "watch");
  assert.is(verbOf("GET", { name: "a" }, true), "get");
  assert.is(verbOf("HEAD", { name: "a" }, false), "get");
  assert.is(verbOf("DELETE", { name: undefined }, false), "deletecollection");
  for (const method of ["TRACE", "constructor", "toString", "__proto__"]) {
    assert.is(verbOf(method, { name: "a" }, false), undefined, method);
    assert.is(verbOf(method, { name: undefined }, false), undefined, method);
  }
});

test("gives each verb the method that means it", () => {
  for (const verb of ["get", "update", "patch", "delete"] as const) assert.is(verbOf(methodOf(verb), { name: "a" }, false), verb);
  for (const verb of ["list", "create", "deletecollection"] as const) assert.is(verbOf(methodOf(verb), { name: undefined }, false), verb);
  assert.is(verbOf("POST", { name: "a", subresource: "binding" }, false), "create");
});

test("gives no verb to what cannot be done with a collection, or under a name", () => {
  assert.is(verbOf("POST", { name: "a" }, false), undefined);
  for (const method of ["PUT", "PATCH"]) assert.is(verbOf(method, { name: undefined }, false), undefined);
});

test("writes options as a query, lists as repeated keys", () => {
  const url = urlOf({
    verb: "watch",
    group: "",
    version: "v1",
    resource: "pods",
    namespace: "a",
    options: { labelSelector: "a=b,c", limit: 5, dryRun: ["All"], allowWatchBookmarks: true },
  });
  assert.is(url, "/api/v1/namespaces/a/pods?watch=true&labelSelector=a%3Db%2Cc&limit=5&dryRun=All&allowWatchBookmarks=true");
});

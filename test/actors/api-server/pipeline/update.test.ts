import * as assert from "uvu/assert";
import type { V1ConfigMap, V1Deployment, V1Pod } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { aPod } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/pipeline/update");
const maps = { of: "configmaps", namespace: "default" } as const;
const web = { ...maps, name: "web" } as const;
type ConfigMap = Stored<V1ConfigMap>;

const withMap = async (): Promise<{ api: TestServer; map: ConfigMap }> => {
  const api = await startApiServer();
  return { api, map: await api.must<ConfigMap>({ ...maps, verb: "create", body: { metadata: { name: "web" }, data: { a: "1" } } }) };
};

test("an update from an old revision is a conflict", async () => {
  const { api, map } = await withMap();
  await api.must({ ...web, verb: "update", body: { ...map, data: { a: "2" } } });
  const { code, body } = await api.ask({ ...web, verb: "update", body: { ...map, data: { a: "3" } } });
  assert.is(code, 409);
  assert.is(
    body.message,
    'Operation cannot be fulfilled on configmaps "web": the object has been modified; please apply your changes to the latest version and try again',
  );
  await api.close();
});

test("an update without a revision is applied to the newest object", async () => {
  const { api } = await withMap();
  const { data, metadata } = await api.must<ConfigMap>({ ...web, verb: "update", body: { metadata: { name: "web" }, data: { b: "2" } } });
  assert.equal(data, { b: "2" });
  assert.is(metadata.creationTimestamp, "2026-01-01T00:00:00Z");
  await api.close();
});

test("of many concurrent updates from one revision one wins", async () => {
  const { api, map } = await withMap();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => api.ask({ ...web, verb: "update", body: { ...map, data: { a: `new ${index}` } } })),
  );
  const codes = answers.map(({ code }) => code).toSorted((a, b) => a - b);
  assert.equal(codes, [200, 409, 409, 409, 409, 409, 409, 409]);
  await api.close();
});

test("concurrent patches all take effect", async () => {
  const { api } = await withMap();
  const patches = Array.from({ length: 8 }, (_, index) =>
    api.must({ ...web, verb: "patch", body: { data: { [`key-${index}`]: "x" } }, type: "application/merge-patch+json" }),
  );
  await Promise.all(patches);
  const { data } = await api.must<ConfigMap>({ ...web, verb: "get" });
  assert.is(Object.keys(data ?? {}).length, 9);
  await api.close();
});

test("an object of another uid is not touched", async () => {
  const { api, map } = await withMap();
  const { code, body } = await api.ask({ ...web, verb: "update", body: { metadata: { name: "web", uid: "other" }, data: {} } });
  assert.is(code, 409);
  assert.is(
    body.message,
    `Operation cannot be fulfilled on configmaps "web": Precondition failed: UID in precondition: other, UID in object meta: ${map.metadata.uid}`,
  );
  await api.close();
});

test("a write that changes nothing writes nothing", async () => {
  const { api, map } = await withMap();
  const { data, ...rest } = map;
  const same = await api.must({ ...web, verb: "update", body: { data, ...rest } });
  assert.equal(same, map);
  const patched = await api.must({ ...web, verb: "patch", body: { data: { a: "1" } }, type: "application/merge-patch+json" });
  assert.is(patched.metadata.resourceVersion, map.metadata.resourceVersion);
  await api.close();
});

test("an object is the one that the URL names", async () => {
  const { api } = await withMap();
  const message = async (metadata: object) => (await api.ask({ ...web, verb: "update", body: { metadata } })).body.message;
  assert.is(await message({ name: "db" }), "the name of the object (db) does not match the name on the URL (web)");
  assert.is(await message({}), "the name of the object (web based on URL) was undeterminable: name must be provided");
  assert.is(
    await message({ name: "web", namespace: "other" }),
    "the namespace of the provided object does not match the namespace sent on the request",
  );
  assert.is((await api.ask({ ...maps, verb: "update", name: "none", body: { metadata: { name: "none" } } })).code, 404);
  await api.close();
});

test("what is fixed at creation stays", async () => {
  const { api } = await withMap();
  const { code, body } = await api.ask({
    ...web,
    verb: "update",
    body: { metadata: { name: "web", creationTimestamp: "2001-01-01T00:00:00Z" } },
  });
  assert.is(code, 422);
  assert.match(body.message ?? "", /metadata\.creationTimestamp: Invalid value: "2001-01-01T00:00:00Z": field is immutable/);
  await api.close();
});

const deployment = (image: string): V1Deployment => ({
  metadata: { name: "web" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "main", image }] } },
  },
});

test("the generation counts changes of what is wished, not of metadata or status", async () => {
  const api = await startApiServer();
  const at = { of: "deployments.apps", namespace: "default", name: "web" } as const;
  await api.must({ ...at, verb: "create", body: deployment("web:1") });
  const patch = (body: object, subresource = "") =>
    api.must({ ...at, verb: "patch", subresource, body, type: "application/merge-patch+json" });
  assert.is((await patch({ spec: { replicas: 3 } })).metadata.generation, 2);
  assert.is((await patch({ metadata: { labels: { a: "b" } } })).metadata.generation, 2);
  assert.is((await patch({ status: { replicas: 1 } }, "status")).metadata.generation, 2);
  assert.is((await patch({ metadata: { generation: 9 } })).metadata.generation, 2);
  await api.close();
});

test("status is written through status alone, and nothing else is", async () => {
  const api = await startApiServer();
  const at = { of: "deployments.apps", namespace: "default", name: "web" } as const;
  await api.must({ ...at, verb: "create", body: { ...deployment("web:1"), status: { replicas: 9 } } });
  const merge = { ...at, verb: "patch", type: "application/merge-patch+json" } as const;
  const byStatus = await api.must<V1Deployment>({
    ...merge,
    subresource: "status",
    body: { spec: { replicas: 5 }, status: { replicas: 2 } },
  });
  assert.is(byStatus.status?.replicas, 2);
  assert.is(byStatus.spec?.replicas, 1);
  const bySpec = await api.must<V1Deployment>({ ...merge, body: { spec: { replicas: 5 }, status: { replicas: 7 } } });
  assert.is(bySpec.status?.replicas, 2);
  assert.is(bySpec.spec?.replicas, 5);
  await api.close();
});

test("each kind of patch does what it does, and others are refused", async () => {
  const api = await startApiServer();
  await api.must({ verb: "create", of: "serviceaccounts", namespace: "default", body: { metadata: { name: "default" } } });
  await api.must({ verb: "create", of: "pods", namespace: "default", body: aPod() });
  const at = { of: "pods", namespace: "default", name: "web", verb: "patch" } as const;
  const strategic = { spec: { containers: [{ name: "main", image: "web:2" }] } };
  const one = await api.must<V1Pod>({ ...at, body: strategic, type: "application/strategic-merge-patch+json" });
  assert.is(one.spec?.containers[0]?.image, "web:2");
  assert.is(one.spec?.containers.length, 1);
  const two = await api.must<V1Pod>({
    ...at,
    body: [{ op: "add", path: "/metadata/labels", value: { a: "b" } }],
    type: "application/json-patch+json",
  });
  assert.equal(two.metadata?.labels, { a: "b" });
  assert.is((await api.ask({ ...at, body: {}, type: "application/xml" })).code, 415);
  assert.is((await api.ask({ ...at, body: "{", type: "application/merge-patch+json" })).code, 400);
  assert.is((await api.ask({ ...at, body: { spec: { nodeName: 7 } }, type: "application/merge-patch+json" })).code, 422);
  assert.is((await api.ask({ ...at, body: { metadata: { name: "other" } }, type: "application/merge-patch+json" })).code, 400);
  await api.close();
});

test("a kind that asks for it is only updated at a revision", async () => {
  const api = await startApiServer();
  const body = { metadata: { name: "wasi" }, handler: "wasi" };
  const at = { of: "runtimeclasses.node.k8s.io" } as const;
  const { metadata } = await api.must({ ...at, verb: "create", body });
  const refused = await api.ask({ ...at, verb: "update", name: "wasi", body });
  assert.is(
    refused.body.message,
    'runtimeclasses.node.k8s.io "wasi" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
  );
  assert.is((await api.ask({ ...at, verb: "update", name: "wasi", body: { ...body, metadata } })).code, 200);
  await api.close();
});

test("what is wrong with a patch is told in the words of its kind", async () => {
  const api = await startApiServer();
  const containers = [{ name: "web", image: "a" }];
  const pod = { metadata: { name: "web" }, spec: { automountServiceAccountToken: false, containers } };
  await api.must({ of: "serviceaccounts", namespace: "default", verb: "create", body: { metadata: { name: "default" } } });
  await api.must({ of: "pods", namespace: "default", verb: "create", body: pod });
  const words = async (kind: string, body: object | string, fieldValidation: "Strict" | "Warn" = "Strict"): Promise<string> => {
    const at = { of: "pods", namespace: "default", name: "web", verb: "patch", options: { fieldValidation } } as const;
    const { message = "" } = (await api.ask({ ...at, type: `application/${kind}+json`, body })).body;
    return message.replace(/"\{.*\}"/, "(the pod)");
  };
  const wrong = (value: unknown): Promise<string> => words("strategic-merge-patch", { spec: { activeDeadlineSeconds: value } });
  const told = (patch: string, why: string): string => ` "" is invalid: patch: Invalid value: "map[${patch}]": ${why}`;
  assert.is(await wrong("x"), told("spec:map[activeDeadlineSeconds:x]", "unrecognized type: int64"));
  assert.is(await wrong(1.5), told("spec:map[activeDeadlineSeconds:1.5]", "cannot convert float64 to int64"));
  const strategic = (body: object): Promise<string> => words("strategic-merge-patch", body);
  assert.is(await strategic({ spec: { nodeName: 1 } }), told("spec:map[nodeName:1]", "cannot convert int64 to string"));
  assert.is(await strategic({ spec: "x" }), told("spec:x", "cannot restore struct from: string"));
  assert.is(await strategic({ metadata: { labels: 1 } }), told("metadata:map[labels:1]", "cannot restore map from int64"));
  assert.is(await strategic({ foo: true }), told("foo:true", 'strict decoding error: unknown field "foo"'));
  assert.is(
    await words("strategic-merge-patch", '{"metadata":{"labels":{"a":"b","a":"c"}}}'),
    told("metadata:map[labels:map[a:c]]", 'strict decoding error: duplicate field "metadata.labels.a"'),
  );
  assert.is(await words("strategic-merge-patch", "x"), "invalid character 'x' looking for beginning of value");
  assert.is(await words("merge-patch", ""), "error decoding patch: unexpected end of JSON input");
  assert.is(
    await words("merge-patch", { spec: { nodeName: 1 } }),
    ' "" is invalid: patch: Invalid value: (the pod): json: cannot unmarshal number into Go struct field PodSpec.spec.nodeName of type string',
  );
  assert.is(
    await words("json-patch", [{ op: "add", path: "/metadata/labels", value: {}, foo: 1 }]),
    ' "" is invalid: patch: Invalid value: (the pod): strict decoding error: json patch unknown field "[0].foo"',
  );
  assert.is(await words("merge-patch", '{"metadata":{"labels":{"a":"b","a":"c"}}}', "Warn"), "");
  await api.close();
});

test("a patch does not make another kind of an object", async () => {
  const { api } = await withMap();
  const patched = async (kind: string, body: object): Promise<string> => {
    const answer = (await api.ask({ ...web, verb: "patch", type: `application/${kind}+json`, body })).body;
    return (answer.message ?? `${answer.apiVersion} ${answer.kind}`).replace(/"\{.*\}"/, "(the map)");
  };
  const told = (why: string): string => ` "" is invalid: patch: Invalid value: (the map): ${why}`;
  const secret = told("converting (v1.Secret) to (core.ConfigMap): unknown conversion");
  assert.is(await patched("merge-patch", { kind: "Secret" }), secret);
  assert.is(await patched("json-patch", [{ op: "replace", path: "/kind", value: "Secret" }]), secret);
  assert.is(
    await patched("merge-patch", { apiVersion: "v2" }),
    told('no kind "ConfigMap" is registered for version "v2" in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"'),
  );
  assert.is(await patched("strategic-merge-patch", { kind: "Secret", apiVersion: "v2" }), "v1 ConfigMap", "it knows what it changes");
  await api.close();
});

test("a patch that names a revision conflicts when the object has moved on", async () => {
  const { api, map } = await withMap();
  const patch = (resourceVersion: string) =>
    api.ask({ ...web, verb: "patch", body: { metadata: { resourceVersion }, data: { a: "2" } }, type: "application/merge-patch+json" });
  assert.is((await patch(map.metadata.resourceVersion)).code, 200);
  assert.is((await patch(map.metadata.resourceVersion)).code, 409);
  await api.close();
});

test("a dry run of an update changes nothing", async () => {
  const { api, map } = await withMap();
  const answer = await api.must<ConfigMap>({ ...web, verb: "update", body: { ...map, data: { a: "2" } }, options: { dryRun: ["All"] } });
  assert.equal(answer.data, { a: "2" });
  assert.equal(await api.must({ ...web, verb: "get" }), map);
  await api.close();
});

test("a put creates where the kind allows it", async () => {
  const api = await startApiServer();
  const at = { of: "leases.coordination.k8s.io", namespace: "default", name: "web", verb: "update" } as const;
  const { code } = await api.ask({ ...at, body: { metadata: { name: "web" } } });
  assert.is(code, 201);
  await api.close();
});

test("a put that means an object by its UID does not bring it back", async () => {
  const api = await startApiServer();
  const at = { of: "leases.coordination.k8s.io", namespace: "default", name: "web", verb: "update" } as const;
  const { code, body } = await api.ask({ ...at, body: { metadata: { name: "web", uid: "gone" } } });
  assert.is(code, 409);
  assert.match(JSON.stringify(body), "Precondition failed: UID in precondition: gone, UID in object meta: ");
  await api.close();
});

test("a patch that is nested too deeply is refused, and so is one that makes the object so", async () => {
  const { api } = await withMap();
  const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
  for (const [type, words] of [
    ["application/merge-patch+json", "error decoding patch: exceeded max depth"],
    ["application/strategic-merge-patch+json", "exceeded max depth"],
  ] as const) {
    const { code, body } = await api.ask({ ...web, verb: "patch", type, body: `{"metadata":${deep(600)}}` });
    assert.equal([code, body.message], [400, words]);
  }
  const value = JSON.parse(deep(300)) as unknown;
  const body = [
    { op: "add", path: "/data", value },
    { op: "copy", from: "/data", path: `/data${"/a".repeat(299)}` },
  ];
  const twice = await api.ask({ ...web, verb: "patch", type: "application/json-patch+json", body });
  assert.equal([twice.code, twice.body.message], [400, "exceeded max depth"]);
  await api.close();
});

test("metadata does not keep what a patch has emptied", async () => {
  const api = await startApiServer();
  const owner = { apiVersion: "v1", kind: "ConfigMap", name: "o", uid: "1" };
  const metadata = { name: "a", labels: { a: "b" }, annotations: {}, finalizers: [], ownerReferences: [owner] };
  const created = await api.must<V1ConfigMap>({ of: "configmaps", verb: "create", namespace: "default", body: { metadata } });
  assert.equal([created.metadata?.annotations, created.metadata?.finalizers], [undefined, undefined]);
  const patched = await api.must<V1ConfigMap>({
    of: "configmaps",
    verb: "patch",
    namespace: "default",
    name: "a",
    type: "application/strategic-merge-patch+json",
    body: { metadata: { labels: { a: null }, ownerReferences: [{ $patch: "delete", uid: "1" }] } },
  });
  assert.equal([patched.metadata?.labels, patched.metadata?.ownerReferences], [undefined, undefined]);
  await api.close();
});

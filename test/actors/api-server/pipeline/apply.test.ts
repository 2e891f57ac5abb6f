import * as assert from "uvu/assert";
import type { V1ConfigMap, V1Deployment } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import { alice, startApiServer, type Ask, type TestServer } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/pipeline/apply");
const TYPE = "application/apply-patch+yaml";
const APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

const web = { of: "deployments.apps", namespace: "default", name: "web" } as const;
type Deployment = Stored<V1Deployment>;

const config = (spec: object = {}, metadata: object = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", ...metadata },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web:1" }] } },
    ...spec,
  },
});

const applyAs = (fieldManager: string, body: unknown, options: object = {}): Ask => ({
  ...web,
  verb: "patch",
  type: TYPE,
  body,
  options: { fieldManager, ...options },
});

const managersOf = ({ metadata }: Deployment) =>
  (metadata.managedFields ?? []).map(({ manager, operation, subresource }) => [manager, operation, subresource ?? ""].join(" ").trim());

const started = async (body: unknown = config({ replicas: 2 })): Promise<TestServer> => {
  const api = await startApiServer();
  await api.must(applyAs("me", body));
  return api;
};

test("what is not there is created, and the applier manages what it said", async () => {
  const api = await startApiServer();
  const { code, body } = await api.ask(applyAs("me", config({ replicas: 2 })));
  assert.is(code, 201);
  assert.equal(body.metadata?.managedFields?.[0], {
    manager: "me",
    operation: "Apply",
    apiVersion: "apps/v1",
    time: "2026-01-01T00:00:00Z",
    fieldsType: "FieldsV1",
    fieldsV1: {
      "f:spec": {
        "f:replicas": {},
        "f:selector": {},
        "f:template": {
          "f:metadata": { "f:labels": { "f:app": {} } },
          "f:spec": { "f:containers": { 'k:{"name":"web"}': { ".": {}, "f:image": {}, "f:name": {} } } },
        },
      },
    },
  });
  await api.close();
});

test("of several who apply what is not there one creates it, and the others join", async () => {
  const api = await startApiServer();
  const managers = ["a", "b", "c"];
  const answers = await Promise.all(managers.map((manager) => api.ask(applyAs(manager, config()))));
  assert.equal(answers.map(({ code }) => code).filter((code) => code === 201).length, 1);
  assert.equal(
    managersOf(await api.must<Deployment>({ ...web, verb: "get" })).toSorted(),
    managers.map((manager) => `${manager} Apply`),
  );
  await api.close();
});

test("applying the same again writes nothing", async () => {
  const api = await started();
  const before = await api.must<Deployment>({ ...web, verb: "get" });
  const after = await api.must<Deployment>(applyAs("me", config({ replicas: 2 })));
  assert.is(after.metadata.resourceVersion, before.metadata.resourceVersion);
  await api.close();
});

test("a conflict names the field and who manages it", async () => {
  const api = await started();
  const { code, body } = await api.ask(applyAs("other", config({ replicas: 3 })));
  assert.is(code, 409);
  assert.is(body.message, 'Apply failed with 1 conflict: conflict with "me": .spec.replicas');
  assert.equal(body.details?.causes, [{ reason: "FieldManagerConflict", message: 'conflict with "me"', field: ".spec.replicas" }]);
  const forced = await api.must<Deployment>(applyAs("other", config({ replicas: 3 }), { force: true }));
  assert.is(forced.spec?.replicas, 3);
  await api.close();
});

test("several conflicts are told by manager", async () => {
  const api = await started();
  const image = [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: "web:2" }];
  await api.must({ ...web, verb: "patch", type: "application/json-patch+json", body: image, options: { fieldManager: "setter" } });
  const { body } = await api.ask(applyAs("other", config({ replicas: 3 })));
  assert.is(
    body.message,
    [
      'Apply failed with 2 conflicts: conflicts with "me":',
      "- .spec.replicas",
      'conflicts with "setter" using apps/v1 at 2026-01-01T00:00:00Z:',
      '- .spec.template.spec.containers[name="web"].image',
    ].join("\n"),
  );
  await api.close();
});

test("what an applier leaves out goes, with the default in its place", async () => {
  const api = await started(config({ replicas: 2, paused: true }));
  const { spec } = await api.must<Deployment>(applyAs("me", config()));
  assert.is(spec?.paused, undefined);
  assert.is(spec?.replicas, 1);
  await api.close();
});

test("every other write takes what it changes, under the name that its client gives or has", async () => {
  const api = await started();
  const merge = { ...web, verb: "patch", type: "application/merge-patch+json" } as const;
  await api.must({ ...merge, body: { spec: { paused: true } }, user: alice });
  await api.must({ ...merge, subresource: "status", body: { status: { replicas: 1 } }, options: { fieldManager: "controller" } });
  await api.must({ ...merge, subresource: "scale", body: { spec: { replicas: 5 } }, options: { fieldManager: "scaler" } });
  const now = await api.must<Deployment>({ ...web, verb: "get" });
  assert.equal(managersOf(now), ["me Apply", "alice Update", "controller Update status", "scaler Update scale"]);
  const { body } = await api.ask(applyAs("me", config({ replicas: 2 })));
  assert.is(
    body.message,
    'Apply failed with 1 conflict: conflict with "scaler" with subresource "scale" using apps/v1 at 2026-01-01T00:00:00Z: .spec.replicas',
  );
  await api.close();
});

test("a scale can be applied, and its applier manages the replicas", async () => {
  const api = await started(config());
  const scale = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "web" }, spec: { replicas: 4 } };
  const done = await api.must<{ readonly spec: { readonly replicas: number } }>({ ...applyAs("hpa", scale), subresource: "scale" });
  assert.is(done.spec.replicas, 4);
  assert.equal(managersOf(await api.must({ ...web, verb: "get" })), ["hpa Apply scale", "me Apply"]);
  await api.close();
});

test("a status is applied by itself", async () => {
  const api = await started();
  const body = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec: { replicas: 9 }, status: { replicas: 2 } };
  const { spec, status } = await api.must<Deployment>({ ...applyAs("controller", body), subresource: "status" });
  assert.equal([spec?.replicas, status?.replicas], [2, 2]);
  const missing = await api.ask({ ...applyAs("controller", body), subresource: "status", name: "none" });
  assert.is(missing.code, 400);
  await api.close();
});

test("what kubectl applied from its own side is no conflict for it, and its annotation is kept up", async () => {
  const api = await startApiServer();
  const mine = config({ replicas: 2 });
  const annotations = { [APPLIED]: JSON.stringify(mine) };
  const body = { ...mine, metadata: { name: "web", annotations } };
  await api.must({ verb: "create", of: web.of, namespace: "default", body, options: { fieldManager: "kubectl-client-side-apply" } });
  const moved = config({ replicas: 3 });
  assert.is((await api.ask(applyAs("other", moved))).code, 409);
  const { metadata, spec } = await api.must<Deployment>(applyAs("kubectl", moved));
  assert.is(spec?.replicas, 3);
  assert.equal(JSON.parse(metadata.annotations?.[APPLIED] ?? ""), moved);
  await api.close();
});

test("an object from before there were managers belongs to nobody until it is applied, then to those before", async () => {
  const api = await startApiServer();
  const cleared = { ...config({ replicas: 2 }), metadata: { name: "web", managedFields: [{}] } };
  await api.must({ verb: "create", of: web.of, namespace: "default", body: config({ replicas: 2 }) });
  const none = await api.must<Deployment>({ ...web, verb: "update", body: cleared });
  assert.is(none.metadata.managedFields, undefined);
  const { body } = await api.ask(applyAs("me", config({ replicas: 3 })));
  assert.is(
    body.message,
    'Apply failed with 1 conflict: conflict with "before-first-apply" using apps/v1 at 2026-01-01T00:00:00Z: .spec.replicas',
  );
  await api.close();
});

test("a client clears the managers by an empty list, however it is sent", async () => {
  const api = await started();
  const metadata = { name: "web", managedFields: [] };
  const ways = [
    { verb: "update", body: { ...config(), metadata } },
    { verb: "patch", type: "application/merge-patch+json", body: { metadata } },
    { verb: "patch", type: "application/strategic-merge-patch+json", body: { metadata } },
    { verb: "patch", type: "application/json-patch+json", body: [{ op: "replace", path: "/metadata/managedFields", value: [] }] },
  ] as const;
  for (const way of ways) {
    await api.must(applyAs("me", config(), { force: true }));
    assert.is((await api.must<Deployment>({ ...web, ...way })).metadata.managedFields, undefined, JSON.stringify(way));
  }
  await api.close();
});

test("managers of a dry run are shown and not stored", async () => {
  const api = await started();
  const dry = await api.must<Deployment>(applyAs("other", config(), { dryRun: ["All"] }));
  assert.equal(managersOf(dry), ["me Apply", "other Apply"]);
  assert.equal(managersOf(await api.must({ ...web, verb: "get" })), ["me Apply"]);
  await api.close();
});

test("an apply that cannot be understood is refused in upstream's words", async () => {
  const api = await startApiServer();
  const refused = async (ask: Ask): Promise<string> => {
    const { code, body } = await api.ask(ask);
    return `${code} ${body.message}`;
  };
  assert.is(
    await refused(applyAs("", config())),
    '422 PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
  );
  assert.is(
    await refused({ ...applyAs("me", {}, { force: true }), type: "application/merge-patch+json" }),
    '422 PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
  );
  assert.is(
    await refused(applyAs("me", config({ replica: 1 }), { fieldValidation: "Ignore" })),
    "400 failed to create typed patch object (/web; apps/v1, Kind=Deployment): .spec.replica: field not declared in schema",
  );
  assert.is(await refused(applyAs("me", config({}, { managedFields: [] }))), "400 metadata.managedFields must be nil");
  assert.is(await refused(applyAs("me", { ...config(), kind: "DaemonSet" })), "400 invalid object type: apps/v1, Kind=DaemonSet");
  for (const nothing of [{}, { apiVersion: null, kind: null }])
    assert.is(await refused(applyAs("me", nothing)), "400 invalid object type: /, Kind=");
  assert.match(
    await refused(applyAs("me", config({}, { uid: "1" }))),
    /^409 Operation cannot be fulfilled on deployments.apps "web": uid mismatch: the provided object specified uid 1, and no existing/,
  );
  const unable =
    "400 failed to convert new object (/web; apps/v1, Kind=Deployment) to proper version: unable to convert unstructured object to apps/v1, Kind=Deployment: ";
  assert.is(await refused(applyAs("me", config({ replicas: 1.5 }))), `${unable}cannot convert float64 to int32`);
  const limits = { resources: { limits: { cpu: "x" } } };
  assert.match(
    await refused(applyAs("me", config({ template: { spec: { containers: [{ name: "a", ...limits }] } } }))),
    `${unable}quantities must match the regular expression`,
  );
  const text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {}\nspec: {}";
  assert.is(
    await refused({ ...applyAs("me", config(), { fieldValidation: "Strict" }), body: text }),
    '400 error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 5: key "spec" already set in map',
  );
  const twice = config({ template: { spec: { containers: [{ name: "a" }, { name: "a" }] } } });
  assert.is(
    await refused(applyAs("me", twice)),
    '400 failed to create typed patch object (/web; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate entries for key [name="a"]',
  );
  await api.close();
});

test("a config map's keys have managers of their own", async () => {
  const api = await startApiServer();
  const maps = { of: "configmaps", namespace: "default", name: "shared", verb: "patch", type: TYPE } as const;
  const body = (data: object) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "shared" }, data });
  await api.must({ ...maps, body: body({ a: "1" }), options: { fieldManager: "a" } });
  await api.must({ ...maps, body: body({ b: "2" }), options: { fieldManager: "b" } });
  const { data } = await api.must<V1ConfigMap>({ ...maps, body: body({ c: "3" }), options: { fieldManager: "a" } });
  assert.equal(data, { b: "2", c: "3" });
  await api.close();
});

test("a configuration that is none is refused in the words of its decoder", async () => {
  const api = await startApiServer();
  const why = async (text: string): Promise<string> => {
    const { code, body } = await api.ask(applyAs("me", text));
    return `${code} ${(body as { message?: string }).message}`;
  };
  const prefix = "400 error decoding YAML: ";
  assert.is(await why("a: b: c"), `${prefix}error converting YAML to JSON: yaml: mapping values are not allowed in this context`);
  const unmarshal = `${prefix}error unmarshaling JSON: while decoding JSON: json: cannot unmarshal`;
  assert.is(await why("- a"), `${unmarshal} array into Go value of type map[string]interface {}`);
  assert.is(await why('"a"'), `${unmarshal} string into Go value of type map[string]interface {}`);
  assert.is(await why("kind: 1"), "400 invalid object type: /, Kind=");
  await api.close();
});

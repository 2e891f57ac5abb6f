import * as assert from "uvu/assert";
import type { V1ConfigMap } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import { suite } from "#test/support/suite.ts";
import { withHooks, answering, patching, RULES, webhook, configure, configMap, create, add, GROUP, URL, type Request } from "./hooks.ts";

const test = suite("api-server/admission/webhook-requests");

test("selectors of namespaces and objects leave requests out", async () => {
  const { api, hooks } = await withHooks();
  await api.must({ verb: "create", of: "namespaces", body: { metadata: { name: "free", labels: { free: "yes" } } } });
  await configure(api, "validating", [
    webhook({
      namespaceSelector: { matchExpressions: [{ key: "free", operator: "DoesNotExist" }] },
      objectSelector: { matchExpressions: [{ key: "skip", operator: "DoesNotExist" }] },
    }),
  ]);
  hooks.set(
    URL,
    answering(() => ({ allowed: false })),
  );
  assert.is((await create(api)).code, 400);
  assert.is((await create(api, { metadata: { name: "b", labels: { skip: "yes" } } })).code, 201);
  assert.is((await api.ask({ verb: "create", of: "configmaps", namespace: "free", body: configMap() })).code, 201);
  const at = { of: "configmaps", namespace: "default", name: "b" } as const;
  const unlabelled = await api.ask({ ...at, verb: "update", body: configMap("b") });
  assert.is(unlabelled.code, 400, "the old object or the new one is selected");
  await api.close();
});

test("a dry run is told so", async () => {
  const { api, hooks } = await withHooks();
  await configure(api, "mutating", [webhook()]);
  let dry: boolean | undefined;
  hooks.set(
    URL,
    patching(({ dryRun }) => {
      dry = dryRun;
      return add("a");
    }),
  );
  const { body } = await create(api, configMap(), { dryRun: ["All"] });
  assert.is(dry, true);
  assert.equal((body as V1ConfigMap).data, { a: "yes" });
  assert.is((await api.ask({ verb: "get", of: "configmaps", namespace: "default", name: "a" })).code, 404);
  await api.close();
});

test("webhooks see neither webhook configurations nor admission policies", async () => {
  const { api, hooks } = await withHooks();
  for (const sort of ["mutating", "validating"] as const) await configure(api, sort, [webhook({ rules: RULES })]);
  for (const sort of ["mutating", "validating"] as const) {
    await configure(api, sort, [], "second");
    await api.must({ verb: "delete", of: `${sort}webhookconfigurations.${GROUP}`, name: "second" });
  }
  assert.is(hooks.asked.length, 0);
  assert.is((await create(api)).code, 500);
  assert.is(hooks.asked.length, 1);
  await api.close();
});

test("a webhook sees the version that its rules name, unless it wants to match exactly", async () => {
  const { api, hooks } = await withHooks();
  const rules = [{ operations: ["CREATE"], apiGroups: ["events.k8s.io"], apiVersions: ["v1"], resources: ["events"] }];
  await configure(api, "mutating", [webhook({ rules })]);
  const asked: Request[] = [];
  hooks.set(
    URL,
    patching((request) => {
      asked.push(request);
      return [{ op: "replace", path: "/note", value: "changed" }];
    }),
  );
  const event = (name: string) => ({
    verb: "create" as const,
    of: "events",
    namespace: "default",
    body: {
      metadata: { name },
      involvedObject: { kind: "Pod", namespace: "default", name: "p" },
      message: "said",
      reason: "R",
      type: "Normal",
    },
  });
  const written = await api.must<{ message: string; involvedObject: object }>(event("e"));
  assert.is(written.message, "changed");
  assert.equal(written.involvedObject, { kind: "Pod", namespace: "default", name: "p" });
  assert.equal(asked[0]?.kind, { group: "events.k8s.io", version: "v1", kind: "Event" });
  assert.equal(asked[0]?.requestResource, { group: "", version: "v1", resource: "events" });
  const patch = [{ op: "replace", path: "/webhooks/0/matchPolicy", value: "Exact" }];
  const of = `mutatingwebhookconfigurations.${GROUP}`;
  await api.must({ verb: "patch", of, name: "hooks", type: "application/json-patch+json", body: patch });
  await api.must(event("f"));
  assert.is(asked.length, 1);
  await api.close();
});

test("warnings of webhooks reach the client", async () => {
  const { api, hooks } = await withHooks();
  await configure(api, "validating", [webhook()]);
  hooks.set(
    URL,
    answering(() => ({ warnings: ["mind the gap"] })),
  );
  assert.equal((await create(api)).raw.warnings, ["mind the gap"]);
  await api.close();
});

test("managed fields that a webhook makes senseless stay as they were", async () => {
  const { api, hooks } = await withHooks();
  await configure(api, "mutating", [webhook()]);
  hooks.set(
    URL,
    patching(() => [{ op: "replace", path: "/metadata/managedFields/0/fieldsType", value: "nonsense" }]),
  );
  const { body, raw } = await create(api);
  assert.is((body as Stored).metadata.managedFields?.[0]?.fieldsType, "FieldsV1");
  assert.match(raw.warnings?.[0] ?? "", /managedFields was in an invalid state after admission/);
  await api.close();
});

test("a webhook behind a service that is not there is named by it", async () => {
  const { api } = await withHooks();
  await configure(api, "validating", [webhook({ clientConfig: { service: { namespace: "default", name: "web", path: "/x" } } })]);
  assert.is(
    (await create(api)).body.message,
    'Internal error occurred: failed calling webhook "hook.example.com": failed to call webhook: Post "https://web.default.svc:443/x?timeout=10s": service "web" not found',
  );
  await api.close();
});

test("a webhook behind a service is asked at a ready endpoint of it, under the service's name", async () => {
  const { api, hooks } = await withHooks();
  const metadata = { name: "web" };
  const spec = { selector: { a: "b" }, ports: [{ name: "https", port: 443, targetPort: 8443 }] };
  await api.must({ verb: "create", of: "services", namespace: "default", body: { metadata, spec } });
  const slice = {
    metadata: { name: "web-1", labels: { "kubernetes.io/service-name": "web" } },
    addressType: "IPv4",
    ports: [{ name: "https", port: 8443 }],
    endpoints: [
      { addresses: ["10.0.0.1"], conditions: { ready: false } },
      { addresses: ["10.0.0.2"], conditions: { ready: true } },
    ],
  };
  await api.must({ verb: "create", of: "endpointslices.discovery.k8s.io", namespace: "default", body: slice });
  const caBundle = Buffer.from("-----BEGIN CERTIFICATE-----").toString("base64");
  await configure(api, "validating", [webhook({ clientConfig: { service: { namespace: "default", ...metadata, path: "/x" }, caBundle } })]);
  hooks.set(
    "https://10.0.0.2:8443/x",
    answering(() => ({ allowed: false })),
  );
  assert.match((await create(api)).body.message ?? "", /denied the request without explanation/);
  assert.equal(hooks.asked[0]?.target, {
    url: "https://10.0.0.2:8443/x?timeout=10s",
    serverName: "web.default.svc",
    certificateAuthority: "-----BEGIN CERTIFICATE-----",
  });
  await api.close();
});

test("rules name subresources, operations and scopes", async () => {
  const { api, hooks } = await withHooks();
  const everything = { operations: ["UPDATE"], apiGroups: ["*"], apiVersions: ["*"] };
  await configure(api, "validating", [
    webhook({ rules: [{ ...everything, resources: ["namespaces/status"] }] }),
    webhook({ name: "b.example.com", rules: [{ ...everything, resources: ["*"], scope: "Namespaced" }] }),
  ]);
  hooks.set(
    URL,
    answering(() => ({})),
  );
  const patch = (of: string, name: string, rest: object) =>
    api.must({ verb: "patch", of, name, type: "application/merge-patch+json", body: { metadata: { labels: { a: "b" } } }, ...rest });
  const asked = () =>
    hooks.asked.splice(0).map(({ body }) => (body as { request: { resource: object; subResource?: string } }).request.subResource ?? "");
  await patch("namespaces", "default", {});
  assert.equal(asked(), [], "a namespace is not in one");
  await patch("namespaces", "default", { subresource: "status" });
  assert.equal(asked(), ["status"]);
  await create(api);
  assert.equal(asked(), []);
  await patch("configmaps", "a", { namespace: "default" });
  assert.equal(asked(), [""]);
  await api.close();
});

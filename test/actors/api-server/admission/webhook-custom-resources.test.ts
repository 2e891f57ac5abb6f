import * as assert from "uvu/assert";
import type { V1MutatingWebhook } from "#api/generated/types.ts";
import type { TestServer } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";
import { crds, definition, establish, tab, tabs, type Tab } from "../cron-tabs.ts";
import { answering, configure, GROUP, patching, URL, webhook, withHooks, type Request } from "./hooks.ts";

const test = suite("api-server/admission/webhook-custom-resources");

const TABS = { operations: ["*"], apiGroups: ["stable.example.com"], apiVersions: ["v1"], resources: ["crontabs"] };
const onTabs = (rest: Partial<V1MutatingWebhook> = {}) => webhook({ rules: [TABS], ...rest });

/** CronTabs in v1 and v2, which have the same fields. */
const define = async (api: TestServer, storage = "v1"): Promise<void> => {
  const draft = definition();
  const [v1] = draft.spec.versions;
  if (v1 === undefined) throw new Error("there is no version");
  draft.spec.versions = ["v1", "v2"].map((name) => ({ ...v1, name, storage: name === storage }));
  await api.must({ ...crds, verb: "create", body: draft });
  await establish(api);
};

test("custom resources are refused like any other", async () => {
  const { api, hooks } = await withHooks();
  await define(api);
  await api.must(tab("old"));
  await configure(api, "validating", [onTabs()]);
  hooks.set(
    URL,
    answering(({ operation }) => ({ allowed: false, status: { message: `no ${operation}` } })),
  );
  const message = async (ask: Parameters<TestServer["ask"]>[0]) => (await api.ask(ask)).body.message;
  const denied = 'admission webhook "hook.example.com" denied the request: no';
  assert.is(await message(tab("new")), `${denied} CREATE`);
  const patch = { type: "application/merge-patch+json", body: { spec: { image: "b" } } };
  assert.is(await message({ ...tabs, verb: "patch", name: "old", ...patch }), `${denied} UPDATE`);
  assert.is(await message({ ...tabs, verb: "delete", name: "old" }), `${denied} DELETE`);
  await api.close();
});

test("what a webhook adds to a custom resource is pruned by its schema and gets its defaults", async () => {
  const { api, hooks } = await withHooks();
  await define(api);
  await configure(api, "mutating", [onTabs()]);
  hooks.set(
    URL,
    patching(() => [
      { op: "add", path: "/spec/unknown", value: 1 },
      { op: "replace", path: "/spec/image", value: "changed" },
      { op: "remove", path: "/spec/replicas" },
    ]),
  );
  const { spec } = await api.must<Tab>(tab("a"));
  assert.equal(spec, { image: "changed", replicas: 1 });
  await api.close();
});

test("a webhook of one version sees requests in every version, whichever is stored", async () => {
  const { api, hooks } = await withHooks();
  await define(api);
  await configure(api, "mutating", [onTabs()]);
  const seen: Request[] = [];
  hooks.set(
    URL,
    patching((request) => {
      seen.push(request);
      return request.operation === "DELETE" ? [] : [{ op: "add", path: "/metadata/labels", value: { mutated: "yes" } }];
    }),
  );
  await api.must(tab("a"));
  const store = [
    { op: "replace", path: "/spec/versions/0/storage", value: false },
    { op: "replace", path: "/spec/versions/1/storage", value: true },
  ];
  await api.must({ ...crds, verb: "patch", name: "crontabs.stable.example.com", type: "application/json-patch+json", body: store });
  await establish(api);
  const v2 = { ...tabs, of: "crontabs.stable.example.com/v2" };
  const patch = { type: "application/merge-patch+json", body: { metadata: { labels: null }, spec: { image: "b" } } };
  const patched = await api.must<Tab>({ ...v2, verb: "patch", name: "a", ...patch });
  assert.is(patched.apiVersion, "stable.example.com/v2");
  assert.equal(patched.metadata.labels, { mutated: "yes" });
  const last = seen.at(-1);
  assert.equal([last?.resource.version, last?.requestResource.version], ["v1", "v2"]);
  assert.equal(
    [last?.object, last?.oldObject].map((object) => (object as unknown as Tab).apiVersion),
    Array(2).fill("stable.example.com/v1"),
  );
  await api.close();
});

test("definitions of custom resources are refused too", async () => {
  const { api, hooks } = await withHooks();
  const rules = [
    { operations: ["CREATE"], apiGroups: ["apiextensions.k8s.io"], apiVersions: ["*"], resources: ["customresourcedefinitions"] },
  ];
  await configure(api, "validating", [webhook({ rules })]);
  hooks.set(
    URL,
    answering(() => ({ allowed: false })),
  );
  assert.match(
    (await api.ask({ ...crds, verb: "create", body: definition() })).body.message ?? "",
    /denied the request without explanation/,
  );
  await api.close();
});

test("rules that change, and webhooks that are deleted by label, count at once", async () => {
  const { api, hooks } = await withHooks();
  await define(api);
  hooks.set(
    URL,
    answering(() => ({ allowed: false })),
  );
  for (const name of ["a", "b"]) {
    const body = { metadata: { name, labels: { mine: "yes" } }, webhooks: [onTabs()] };
    await api.must({ verb: "create", of: `validatingwebhookconfigurations.${GROUP}`, body });
  }
  const create = async (name: string) => (await api.ask(tab(name))).code;
  assert.is(await create("x"), 400);
  const of = `validatingwebhookconfigurations.${GROUP}`;
  for (const name of ["a", "b"]) {
    const body = [{ op: "replace", path: "/webhooks/0/rules/0/operations", value: ["UPDATE"] }];
    await api.must({ verb: "patch", of, name, type: "application/json-patch+json", body });
  }
  assert.is(await create("x"), 201);
  for (const name of ["a", "b"]) {
    const body = [{ op: "replace", path: "/webhooks/0/rules/0/operations", value: ["*"] }];
    await api.must({ verb: "patch", of, name, type: "application/json-patch+json", body });
  }
  assert.is(await create("y"), 400);
  const list = await api.must<{ readonly items: readonly object[] }>({ verb: "list", of, options: { labelSelector: "mine=yes" } });
  assert.is(list.items.length, 2);
  await api.must({ verb: "deletecollection", of, options: { labelSelector: "mine=yes" } });
  assert.is(await create("y"), 201);
  await api.close();
});

test("a scale is admitted as a scale", async () => {
  const { api, hooks } = await withHooks();
  await define(api);
  await api.must(tab("a"));
  await configure(api, "mutating", [onTabs({ rules: [{ ...TABS, resources: ["crontabs/scale"] }] })]);
  hooks.set(
    URL,
    patching(({ kind, object, subResource }) => {
      assert.equal(kind, { group: "autoscaling", version: "v1", kind: "Scale" });
      assert.is(subResource, "scale");
      assert.equal((object as unknown as Tab).spec, { replicas: 5 });
      return [{ op: "replace", path: "/spec/replicas", value: 3 }];
    }),
  );
  const body = { spec: { replicas: 5 } };
  const scale = { ...tabs, verb: "patch", subresource: "scale", name: "a", type: "application/merge-patch+json", body } as const;
  assert.is((await api.must<Tab>(scale)).spec["replicas"], 3);
  await api.close();
});

import * as assert from "uvu/assert";
import type { V1ConfigMap, V1Pod } from "#api/generated/types.ts";
import { suite } from "#test/support/suite.ts";
import {
  withHooks,
  answering,
  patching,
  RULES,
  webhook,
  configure,
  configMap,
  create,
  add,
  GROUP,
  URL,
  type Review,
  type Response,
} from "./hooks.ts";

const test = suite("api-server/admission/webhooks");

test("a validating webhook is told of the request and may refuse it", async () => {
  const { api, hooks } = await withHooks();
  await configure(api, "validating", [webhook()]);
  hooks.set(
    URL,
    answering(() => ({ allowed: false, status: { message: "not today", reason: "Forbidden", code: 403 }, warnings: ["mind the gap"] })),
  );
  const { code, body } = await create(api, configMap(), { fieldManager: "me" });
  assert.is(code, 403);
  assert.is(body.message, 'admission webhook "hook.example.com" denied the request: not today');
  assert.is(body.reason, "Forbidden");
  const [asked] = hooks.asked;
  const { request } = (asked?.body ?? {}) as Review;
  assert.is(hooks.asked[0]?.target.url, `${URL}?timeout=10s`);
  const { uid, object, ...rest } = request;
  assert.match(uid, /^[0-9a-f-]{36}$/);
  assert.is(object?.metadata.name, "a");
  assert.equal(rest, {
    kind: { group: "", version: "v1", kind: "ConfigMap" },
    resource: { group: "", version: "v1", resource: "configmaps" },
    requestKind: { group: "", version: "v1", kind: "ConfigMap" },
    requestResource: { group: "", version: "v1", resource: "configmaps" },
    name: "a",
    namespace: "default",
    operation: "CREATE",
    userInfo: { username: "admin", groups: ["system:masters", "system:authenticated"] },
    oldObject: null,
    dryRun: false,
    options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1", fieldManager: "me" },
  });
  await api.close();
});

test("updates and deletions show the webhook the old object", async () => {
  const { api, hooks } = await withHooks();
  await create(api, configMap("a", { a: "1" }));
  await configure(api, "validating", [webhook()]);
  const seen: (readonly [string, unknown, unknown, unknown])[] = [];
  hooks.set(
    URL,
    answering(({ operation, object, oldObject, options }) => {
      seen.push([operation, object?.data, oldObject?.data, (options as { kind: string }).kind]);
      return {};
    }),
  );
  const at = { of: "configmaps", namespace: "default", name: "a" } as const;
  await api.must({ ...at, verb: "patch", type: "application/merge-patch+json", body: { data: { a: "2" } } });
  await api.must({ ...at, verb: "update", body: configMap("a", { a: "3" }) });
  await api.must({ ...at, verb: "delete" });
  assert.equal(seen, [
    ["UPDATE", { a: "2" }, { a: "1" }, "PatchOptions"],
    ["UPDATE", { a: "3" }, { a: "2" }, "UpdateOptions"],
    ["DELETE", undefined, { a: "3" }, "DeleteOptions"],
  ]);
  await api.close();
});

test("a refusal without a reason says so, and is never a success", async () => {
  const { api, hooks } = await withHooks();
  await configure(api, "validating", [webhook()]);
  hooks.set(
    URL,
    answering(() => ({ allowed: false, status: { status: "Success", code: 200 } })),
  );
  const { code, body } = await create(api);
  assert.equal(
    [code, body.status, body.message],
    [400, "Failure", 'admission webhook "hook.example.com" denied the request without explanation'],
  );
  await api.close();
});

test("webhooks are asked by name and each sees what those before made", async () => {
  const { api, hooks } = await withHooks();
  await configure(api, "mutating", [webhook({ clientConfig: { url: "https://b.test" } })], "b");
  await configure(api, "mutating", [webhook({ clientConfig: { url: "https://a.test" } })], "a");
  hooks.set(
    "https://a.test",
    patching(({ object }) => add("a", object?.metadata.uid ?? "yes")),
  );
  hooks.set(
    "https://b.test",
    patching(({ object }) => add("b", `after ${Object.keys(object?.data ?? {}).join()}`)),
  );
  const { body } = await create(api);
  assert.equal((body as V1ConfigMap).data, { a: "yes", b: "after a" });
  await api.close();
});

test("a webhook that wants it is asked once more when one after it changed the object", async () => {
  for (const [policy, times] of [
    ["IfNeeded", 2],
    ["Never", 1],
  ] as const) {
    const { api, hooks } = await withHooks();
    await configure(api, "mutating", [
      webhook({ name: "a.example.com", clientConfig: { url: "https://a.test" }, reinvocationPolicy: policy }),
      webhook({ name: "b.example.com", clientConfig: { url: "https://b.test" } }),
    ]);
    hooks.set(
      "https://a.test",
      patching(({ object }) => add("a", Object.keys(object?.data ?? {}).join())),
    );
    hooks.set(
      "https://b.test",
      patching(() => add("b")),
    );
    await create(api);
    assert.is(hooks.asked.filter(({ target }) => target.url.startsWith("https://a.test")).length, times);
    assert.is(hooks.asked.filter(({ target }) => target.url.startsWith("https://b.test")).length, 1);
    await api.close();
  }
});

test("what a webhook adds to a pod gets its defaults, and what no schema knows is pruned", async () => {
  const { api, hooks } = await withHooks();
  await api.must({ verb: "create", of: "serviceaccounts", namespace: "default", body: { metadata: { name: "default" } } });
  await configure(api, "mutating", [webhook({ rules: [{ ...RULES[0], resources: ["pods"] }] })]);
  hooks.set(
    URL,
    patching(() => [
      { op: "add", path: "/spec/initContainers", value: [{ name: "added", image: "init:1" }] },
      { op: "add", path: "/spec/nonsense", value: true },
    ]),
  );
  const pod = await api.must<V1Pod>({
    verb: "create",
    of: "pods",
    namespace: "default",
    body: { metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "web:1" }] } },
  });
  const [added] = pod.spec?.initContainers ?? [];
  assert.is(added?.terminationMessagePolicy, "File");
  assert.is(added?.imagePullPolicy, "IfNotPresent");
  assert.is(added?.volumeMounts?.[0]?.mountPath, "/var/run/secrets/kubernetes.io/serviceaccount", "built-in plugins run again");
  assert.not("nonsense" in (pod.spec ?? {}));
  await api.close();
});

test("a webhook that cannot be asked refuses everything, unless it may be left out", async () => {
  const { api } = await withHooks();
  await configure(api, "validating", [webhook()]);
  const { code, body } = await create(api);
  assert.is(code, 500);
  assert.is(
    body.message,
    `Internal error occurred: failed calling webhook "hook.example.com": failed to call webhook: Post "${URL}?timeout=10s": connection refused`,
  );
  const patch = [{ op: "replace", path: "/webhooks/0/failurePolicy", value: "Ignore" }];
  const of = `validatingwebhookconfigurations.${GROUP}`;
  await api.must({ verb: "patch", of, name: "hooks", type: "application/json-patch+json", body: patch });
  assert.is((await create(api)).code, 201);
  await configure(api, "mutating", [webhook()], "other");
  assert.is((await create(api, configMap("b"))).code, 500);
  await configure(api, "mutating", [webhook({ failurePolicy: "Ignore" })], "third");
  await api.must({ verb: "delete", of: `mutatingwebhookconfigurations.${GROUP}`, name: "other" });
  assert.is((await create(api, configMap("b"))).code, 201);
  await api.close();
});

test("an answer that does not fit the question is a failure of the webhook", async () => {
  const { api, hooks } = await withHooks();
  await configure(api, "mutating", [webhook()]);
  const failed = 'Internal error occurred: failed calling webhook "hook.example.com": ';
  const invalid = `${failed}received invalid webhook response: `;
  const of = (answer: Response) => answering(() => answer);
  const patch = Buffer.from("[]").toString("base64");
  const cases: readonly (readonly [(review: Review) => unknown, string])[] = [
    [() => ({}), `${invalid}webhook response was absent`],
    [of({ patch }), `${invalid}webhook returned response.patch but not response.patchType`],
    [of({ patchType: "JSONPatch" }), `${invalid}webhook returned response.patchType but not response.patch`],
    [of({ patch, patchType: "Merge" }), `${failed}unsupported patch type "Merge"`],
    [
      (review) => ({ ...of({})(review), kind: "Other" }),
      `${invalid}expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got admission.k8s.io/v1, Kind=Other`,
    ],
  ];
  for (const [answer, message] of cases) {
    hooks.set(URL, answer);
    assert.is((await create(api)).body.message, message);
  }
  hooks.set(URL, of({ uid: "other" }));
  assert.match((await create(api)).body.message ?? "", /expected response\.uid="[0-9a-f-]+", got "other"$/);
  hooks.set(
    URL,
    patching(() => [{ op: "remove", path: "/spec/none" }]),
  );
  assert.is((await create(api)).code, 500);
  await api.close();
});

test("a validating webhook may change nothing", async () => {
  const { api, hooks } = await withHooks();
  await configure(api, "validating", [webhook()]);
  hooks.set(
    URL,
    patching(() => add("a")),
  );
  assert.match((await create(api)).body.message ?? "", /validating webhook may not return response\.patch$/);
  await api.close();
});

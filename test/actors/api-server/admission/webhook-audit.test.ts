// What webhooks leave in the audit log and in the metrics.
import * as assert from "uvu/assert";
import { startApiServer } from "#test/support/api-server.ts";
import { annotationsOf, auditLog } from "#test/support/audit.ts";
import { valuesOf } from "#test/support/metrics.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";
import { add, answering, configMap, configure, create, patching, URL, webhook, withHooks } from "./hooks.ts";

const test = suite("api-server/admission/webhook-audit");

const RULES = (level: string): string => `[{level: ${level}, resources: [{group: "", resources: [configmaps]}]}]`;

const withAudit = async (level = "Metadata") => {
  const clock = new SimulatedClock();
  const { auditor, events } = auditLog(clock, RULES(level), "omitStages: [RequestReceived]");
  return { ...(await withHooks({ clock, audit: auditor })), events };
};

test("a mutation is annotated in each round, with the patch from level Request on", async () => {
  const { api, hooks, events } = await withAudit("Request");
  const other = "https://hook.test/other";
  hooks.set(
    URL,
    patching(({ object }) => (object?.data?.["b"] === undefined ? [] : add("a"))),
  );
  hooks.set(
    other,
    patching(() => add("b")),
  );
  await configure(api, "mutating", [
    webhook({ reinvocationPolicy: "IfNeeded" }),
    webhook({ name: "other.example.com", clientConfig: { url: other } }),
  ]);
  await create(api);
  const told = (name: string, mutated: boolean): string => JSON.stringify({ configuration: "hooks", webhook: name, mutated });
  const patch = (name: string, key: string): string =>
    JSON.stringify({ configuration: "hooks", webhook: name, patch: add(key), patchType: "JSONPatch" });
  assert.equal(annotationsOf(events), {
    "mutation.webhook.admission.k8s.io/round_0_index_0": told("hook.example.com", false),
    "mutation.webhook.admission.k8s.io/round_0_index_1": told("other.example.com", true),
    "patch.webhook.admission.k8s.io/round_0_index_1": patch("other.example.com", "b"),
    "mutation.webhook.admission.k8s.io/round_1_index_0": told("hook.example.com", true),
    "patch.webhook.admission.k8s.io/round_1_index_0": patch("hook.example.com", "a"),
  });
  await api.close();
});

test("at level Metadata no patch is shown", async () => {
  const { api, hooks, events } = await withAudit();
  hooks.set(
    URL,
    patching(() => add("a")),
  );
  await configure(api, "mutating", [webhook()]);
  await create(api);
  assert.equal(Object.keys(annotationsOf(events)), ["mutation.webhook.admission.k8s.io/round_0_index_0"]);
  await api.close();
});

test("a webhook's own annotations bear its name; a key that is none is left out", async () => {
  const { api, hooks, events } = await withAudit();
  hooks.set(
    URL,
    answering(() => ({ auditAnnotations: { seen: "yes", "no/key": "x" } })),
  );
  await configure(api, "validating", [webhook()]);
  await create(api);
  assert.equal(annotationsOf(events), { "hook.example.com/seen": "yes" });
  await api.close();
});

test("a webhook that is not needed is told of when it does not answer", async () => {
  const { api, events } = await withAudit();
  for (const sort of ["mutating", "validating"] as const) await configure(api, sort, [webhook({ failurePolicy: "Ignore" })]);
  assert.is((await create(api)).code, 201);
  assert.equal(annotationsOf(events), {
    "failed-open.mutation.webhook.admission.k8s.io/round_0_index_0": "hook.example.com",
    "mutation.webhook.admission.k8s.io/round_0_index_0": '{"configuration":"hooks","webhook":"hook.example.com","mutated":false}',
    "failed-open.validating.webhook.admission.k8s.io/round_0_index_0": "hook.example.com",
  });
  assert.equal(valuesOf(api.server.families(), "apiserver_admission_webhook_fail_open_count"), [
    ["hook.example.com admit", 1],
    ["hook.example.com validating", 1],
  ]);
  assert.equal(valuesOf(api.server.families(), "apiserver_admission_webhook_rejection_count"), []);
  await api.close();
});

test("answers and refusals of webhooks are counted by their code", async () => {
  const { api, hooks } = await withAudit();
  hooks.set(
    URL,
    answering(({ name }) => (name === "bad" ? { allowed: false, status: { code: 1000 } } : {})),
  );
  await configure(api, "validating", [webhook()]);
  await create(api, configMap("good"));
  await create(api, configMap("bad"));
  hooks.set(URL, () => ({}));
  await create(api, configMap("broken"));
  assert.equal(valuesOf(api.server.families(), "apiserver_admission_webhook_request_total"), [
    ["hook.example.com validating CREATE 200 false", 1],
    ["hook.example.com validating CREATE 600 true", 1],
    ["hook.example.com validating CREATE 503 true", 1],
  ]);
  assert.equal(valuesOf(api.server.families(), "apiserver_admission_webhook_rejection_count"), [
    ["hook.example.com validating CREATE no_error 600", 1],
    ["hook.example.com validating CREATE calling_webhook_error 503", 1],
  ]);
  await api.close();
});

test("plugins and halves of admission are timed", async () => {
  const { api, hooks } = await withAudit();
  hooks.set(URL, async () => {
    await api.clock.advance(200);
    return {};
  });
  await configure(api, "validating", [webhook({ failurePolicy: "Ignore" })]);
  await create(api);
  const bucket = (name: string, labels: string): number | undefined =>
    valuesOf(api.server.families(), name).find(([values]) => values === labels)?.[1];
  const plugin = "apiserver_admission_controller_admission_duration_seconds";
  const quick = bucket(plugin, "ValidatingAdmissionWebhook validate CREATE false 0.1") ?? 0;
  assert.is(bucket(plugin, "ValidatingAdmissionWebhook validate CREATE false 0.5"), quick + 1);
  const step = "apiserver_admission_step_admission_duration_seconds";
  const before = bucket(step, "validate CREATE false 0.1") ?? 0;
  assert.is(bucket(step, "validate CREATE false 0.5"), before + 1);
  assert.is(bucket(step, "admit CREATE false 0.005"), bucket(step, "admit CREATE false +Inf"));
  await api.close();
});

test("a refusal is timed apart, as its plugin's and its half's", async () => {
  const api = await startApiServer();
  const refused = { verb: "create", of: "configmaps", namespace: "nowhere", body: configMap() } as const;
  assert.is((await api.ask(refused)).code, 404);
  const plugin = valuesOf(api.server.families(), "apiserver_admission_controller_admission_duration_seconds");
  assert.ok(plugin.some(([values, count]) => values === "NamespaceLifecycle admit CREATE true +Inf" && count === 1));
  const step = valuesOf(api.server.families(), "apiserver_admission_step_admission_duration_seconds");
  assert.ok(step.some(([values, count]) => values === "admit CREATE true +Inf" && count === 1));
  await api.close();
});

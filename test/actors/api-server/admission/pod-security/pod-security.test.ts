import * as assert from "uvu/assert";
import { defaultPodSecurity, type PodSecurityConfiguration } from "#api/pod-security/configuration.ts";
import { PRIVILEGED } from "#api/pod-security/policy.ts";
import { startApiServer, type TestServer, type TestServerOptions } from "#test/support/api-server.ts";
import { annotationsOf, auditLog } from "#test/support/audit.ts";
import { valuesOf } from "#test/support/metrics.ts";
import { aPod } from "#test/support/objects.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/admission/pod-security");

const withLabels = async (labels: { readonly [mode: string]: string }, options: TestServerOptions = {}): Promise<TestServer> => {
  const api = await startApiServer(options);
  const all = Object.fromEntries(Object.entries(labels).map(([mode, value]) => [`pod-security.kubernetes.io/${mode}`, value]));
  await api.must({ verb: "create", of: "namespaces", body: { metadata: { name: "ns", labels: all } } });
  await api.must({ verb: "create", of: "serviceaccounts", namespace: "ns", body: { metadata: { name: "default" } } });
  return api;
};

const spec = { containers: [{ name: "c", image: "web:1", securityContext: { privileged: true } }] };
const create = (api: TestServer, body: object, of = "pods") => api.ask({ verb: "create", of, namespace: "ns", body });
const BROKEN = 'privileged (container "c" must not set securityContext.privileged=true)';

const enforce = (api: TestServer, level: string) =>
  api.ask({
    verb: "patch",
    of: "namespaces",
    name: "ns",
    type: "application/merge-patch+json",
    body: { metadata: { labels: { "pod-security.kubernetes.io/enforce": level } } },
  });

test("a pod that the namespace does not allow is refused", async () => {
  const api = await withLabels({ enforce: "baseline" });
  const { code, body } = await create(api, aPod({ metadata: { namespace: "ns" }, spec }));
  assert.is(code, 403);
  assert.is(body.message, `pods "web" is forbidden: violates PodSecurity "baseline:latest": ${BROKEN}`);
  assert.is((await create(api, aPod({ metadata: { namespace: "ns" } }))).code, 201);
  await api.close();
});

test("a pod that only the warn level does not allow is warned of", async () => {
  const api = await withLabels({ warn: "baseline", "warn-version": "v1.30" });
  const { code, raw } = await create(api, aPod({ metadata: { namespace: "ns" }, spec }));
  assert.is(code, 201);
  assert.equal(raw.warnings, [`would violate PodSecurity "baseline:v1.30": ${BROKEN}`]);
  await api.close();
});

test("what makes pods that would be refused is warned of", async () => {
  const api = await withLabels({ enforce: "baseline" });
  const template = { metadata: { labels: { a: "b" } }, spec };
  const selector = { matchLabels: { a: "b" } };
  const warning = [`would violate PodSecurity "baseline:latest": ${BROKEN}`];
  const deployment = await create(api, { metadata: { name: "d" }, spec: { selector, template } }, "deployments.apps");
  assert.equal([deployment.code, deployment.raw.warnings], [201, warning]);
  const job = { template: { spec: { ...spec, restartPolicy: "Never" } } };
  const cronJob = { metadata: { name: "c" }, spec: { schedule: "0 0 * * *", jobTemplate: { spec: job } } };
  assert.equal((await create(api, cronJob, "cronjobs.batch")).raw.warnings, warning);
  await api.close();
});

test("a namespace that becomes stricter is told which of its pods would not be allowed", async () => {
  const api = await withLabels({});
  for (const name of ["a", "b"]) await create(api, aPod({ metadata: { namespace: "ns", name }, spec }));
  const { code, raw } = await enforce(api, "baseline");
  assert.is(code, 200);
  assert.equal(raw.warnings, [
    'existing pods in namespace "ns" violate the new PodSecurity enforce level "baseline:latest"',
    "a (and 1 other pod): privileged",
  ]);
  assert.equal((await enforce(api, "privileged")).raw.warnings, undefined);
  await api.close();
});

test("a level that there is not is invalid, unless it was there before", async () => {
  const api = await withLabels({});
  const { code, body } = await enforce(api, "high");
  assert.is(code, 422);
  assert.is(
    body.message,
    'Namespace "ns" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "high": must be one of privileged, baseline, restricted',
  );
  await api.close();
});

const withAudit = async (labels: { readonly [mode: string]: string }, podSecurity: PodSecurityConfiguration = defaultPodSecurity) => {
  const clock = new SimulatedClock();
  const { auditor, events } = auditLog(clock, "[{level: Metadata, verbs: [create]}]", "omitStages: [RequestReceived]");
  return { api: await withLabels(labels, { clock, audit: auditor, config: { podSecurity } }), events };
};

const exempting = (exemptions: Partial<PodSecurityConfiguration["exemptions"]>): PodSecurityConfiguration => ({
  ...defaultPodSecurity,
  exemptions: { ...defaultPodSecurity.exemptions, ...exemptions },
});

test("the audit log knows what was enforced, and what violates the audit level", async () => {
  const { api, events } = await withAudit({ audit: "baseline", "audit-version": "v1.30" });
  const { code, raw } = await create(api, aPod({ metadata: { namespace: "ns" }, spec }));
  assert.equal([code, raw.warnings], [201, undefined]);
  assert.equal(annotationsOf(events), {
    "pod-security.kubernetes.io/enforce-policy": "privileged:latest",
    "pod-security.kubernetes.io/audit-violations": `would violate PodSecurity "baseline:v1.30": ${BROKEN}`,
  });
  assert.equal(
    valuesOf(api.server.families(), "pod_security_evaluations_total").filter(([labels]) => labels.includes("baseline")),
    [["deny baseline v1.30 audit create pod ", 1]],
  );
  await api.close();
});

test("what makes pods is audited, and enforces nothing", async () => {
  const { api, events } = await withAudit({ audit: "baseline" });
  const job = { metadata: { name: "j" }, spec: { template: { spec: { ...spec, restartPolicy: "Never" } } } };
  assert.is((await create(api, job, "jobs.batch")).code, 201);
  assert.equal(Object.keys(annotationsOf(events)), ["pod-security.kubernetes.io/audit-violations"]);
  await api.close();
});

test("users, namespaces and runtime classes may be exempt", async () => {
  const strict = { enforce: "restricted", warn: "restricted" };
  const pod = aPod({ metadata: { namespace: "ns" }, spec });
  for (const [podSecurity, exempt] of [
    [exempting({ usernames: ["admin"] }), "user"],
    [exempting({ namespaces: ["ns"] }), "namespace"],
  ] as const) {
    const { api, events } = await withAudit(strict, podSecurity);
    const { code, raw } = await create(api, pod);
    assert.equal([code, raw.warnings], [201, undefined]);
    assert.equal(annotationsOf(events), { "pod-security.kubernetes.io/exempt": exempt });
    assert.equal(valuesOf(api.server.families(), "pod_security_exemptions_total"), [["create pod ", 1]]);
    await api.close();
  }
  const { api } = await withAudit(strict, exempting({ runtimeClasses: ["trusted"] }));
  await api.must({ verb: "create", of: "runtimeclasses.node.k8s.io", body: { metadata: { name: "trusted" }, handler: "orrery" } });
  assert.is((await create(api, pod)).code, 403);
  assert.is((await create(api, aPod({ metadata: { namespace: "ns" }, spec: { ...spec, runtimeClassName: "trusted" } }))).code, 201);
  await api.close();
});

test("where a namespace says nothing the cluster's defaults hold", async () => {
  const defaults = { ...PRIVILEGED, enforce: { level: "baseline", minor: 30 } } as const;
  const { api } = await withAudit({}, { ...defaultPodSecurity, defaults });
  const { body } = await create(api, aPod({ metadata: { namespace: "ns" }, spec }));
  assert.is(body.message, `pods "web" is forbidden: violates PodSecurity "baseline:v1.30": ${BROKEN}`);
  await enforce(api, "privileged");
  assert.is((await create(api, aPod({ metadata: { namespace: "ns" }, spec }))).code, 201);
  await api.close();
});

test("whoever labels an exempt namespace is told that it means nothing", async () => {
  const { api } = await withAudit({}, exempting({ namespaces: ["ns"] }));
  const { raw } = await enforce(api, "baseline");
  assert.equal(raw.warnings, ['namespace "ns" is exempt from Pod Security, and the policy (enforce=baseline:latest) will be ignored']);
  assert.is((await enforce(api, "privileged")).raw.warnings, undefined);
  await api.close();
});

import * as assert from "uvu/assert";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { aPod } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/admission/pod-security");

const withLabels = async (labels: { readonly [mode: string]: string }): Promise<TestServer> => {
  const api = await startApiServer();
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

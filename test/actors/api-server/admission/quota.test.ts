import * as assert from "uvu/assert";
import { resourceQuotas, type ResourceQuota } from "#api/core/v1/resource-quota.ts";
import type { V1PodSpec } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import { resourceQuotaController } from "#actors/controllers/resource-quota/io.ts";
import { Informers } from "#lib/informers.ts";
import { silent } from "#lib/log.ts";
import { seededRandom } from "#lib/random.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { aPod } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";
import { crds, definition, establish, tab, tabs } from "../cron-tabs.ts";

const test = suite("api-server/admission/quota");

/** A server with the quota controller beside it. */
const start = async (): Promise<{ api: TestServer; stop: () => Promise<void> }> => {
  const api = await startApiServer();
  await api.must({ verb: "create", of: "serviceaccounts", namespace: "default", body: { metadata: { name: "default" } } });
  const ports = { client: api.client(), clock: api.clock, random: seededRandom(1), logger: silent };
  const informers = new Informers(ports);
  const controller = resourceQuotaController.create({ ...ports, informers });
  const end = new AbortController();
  controller.start(end.signal);
  informers.start(end.signal);
  controller.lead(true);
  const stop = async (): Promise<void> => {
    end.abort();
    await api.close();
  };
  return { api, stop };
};

const quota = async (api: TestServer, hard: object, rest: object = {}, name = "q"): Promise<void> => {
  await api.must({ verb: "create", of: "resourcequotas", namespace: "default", body: { metadata: { name }, spec: { hard, ...rest } } });
  await api.clock.advance(2_000);
};

const read = (api: TestServer, name = "q"): Promise<Stored<ResourceQuota>> =>
  api.client().get(resourceQuotas, { namespace: "default", name });
const used = async (api: TestServer, name = "q") => (await read(api, name)).status?.used;

const requesting = (name: string, requests: { [name: string]: string }, rest: Partial<V1PodSpec> = {}) =>
  aPod({ metadata: { name }, spec: { containers: [{ name: "c", image: "web:1", resources: { requests, limits: requests } }], ...rest } });
const create = (api: TestServer, body: object, of = "pods") => api.ask({ verb: "create", of, namespace: "default", body });
const remove = async (api: TestServer, of: string, name: string): Promise<void> => {
  await api.must({ verb: "delete", of, namespace: "default", name, options: { gracePeriodSeconds: 0 } });
  await api.clock.advance(2_000);
};

test("a new quota tells at once what is used", async () => {
  const { api, stop } = await start();
  await create(api, { metadata: { name: "a" } }, "configmaps");
  await quota(api, { configmaps: "3", "count/deployments.apps": "1" });
  assert.equal((await read(api)).status, {
    hard: { configmaps: "3", "count/deployments.apps": "1" },
    used: { configmaps: "1", "count/deployments.apps": "0" },
  });
  await stop();
});

test("a pod above the quota is refused, and what is deleted is given back", async () => {
  const { api, stop } = await start();
  await quota(api, { pods: "3", cpu: "1", "requests.memory": "1Gi", "requests.example.com/dongle": "2" });
  const first = { cpu: "600m", memory: "100Mi", "example.com/dongle": "2" };
  assert.is((await create(api, requesting("a", first))).code, 201);
  assert.equal(await used(api), { pods: "1", cpu: "600m", "requests.memory": "100Mi", "requests.example.com/dongle": "2" });
  const over = await create(api, requesting("b", { cpu: "500m", memory: "100Mi" }));
  assert.is(over.code, 403);
  assert.is(over.body.message, 'pods "b" is forbidden: exceeded quota: q, requested: cpu=500m, used: cpu=600m, limited: cpu=1');
  const extended = await create(api, requesting("b", { cpu: "1m", memory: "1Mi", "example.com/dongle": "1" }));
  assert.match(extended.body.message ?? "", /exceeded quota: q, requested: requests\.example\.com\/dongle=1, used: .*=2, limited: .*=2$/);
  await remove(api, "pods", "a");
  assert.equal(await used(api), { pods: "0", cpu: "0", "requests.memory": "0", "requests.example.com/dongle": "0" });
  assert.is((await create(api, requesting("b", { cpu: "500m", memory: "100Mi" }))).code, 201);
  await stop();
});

test("a container must say what a quota limits", async () => {
  const { api, stop } = await start();
  await quota(api, { cpu: "1", "limits.memory": "1Gi" });
  const { code, body } = await create(api, aPod({ spec: { containers: [{ name: "c", image: "web:1" }] } }));
  assert.is(code, 403);
  assert.is(body.message, 'pods "web" is forbidden: failed quota: q: must specify cpu for: c; limits.memory for: c');
  await stop();
});

test("scopes take in some pods and leave out the others", async () => {
  const { api, stop } = await start();
  await quota(api, { pods: "5" }, { scopes: ["BestEffort"] }, "best");
  await quota(api, { pods: "5" }, { scopes: ["NotBestEffort"] }, "not-best");
  await quota(api, { pods: "5" }, { scopes: ["Terminating"] }, "terminating");
  await quota(api, { pods: "5" }, { scopes: ["NotTerminating"] }, "not-terminating");
  const matchExpressions = [{ scopeName: "PriorityClass", operator: "In", values: ["high"] }];
  await quota(api, { pods: "5" }, { scopeSelector: { matchExpressions } }, "high");
  const counts = async () =>
    Promise.all(["best", "not-best", "terminating", "not-terminating", "high"].map(async (name) => (await used(api, name))?.["pods"]));
  await create(api, requesting("a", {}));
  assert.equal(await counts(), ["1", "0", "0", "1", "0"]);
  await create(api, requesting("b", { cpu: "1m" }, { activeDeadlineSeconds: 60 }));
  assert.equal(await counts(), ["1", "1", "1", "1", "0"]);
  await api.must({ verb: "create", of: "priorityclasses.scheduling.k8s.io", body: { metadata: { name: "high" }, value: 10 } });
  await create(api, requesting("c", {}, { priorityClassName: "high" }));
  assert.equal(await counts(), ["2", "1", "1", "2", "1"]);
  await stop();
});

test("services are counted by type", async () => {
  const { api, stop } = await start();
  await quota(api, { services: "4", "services.nodeports": "1", "services.loadbalancers": "1" });
  const service = (name: string, type: string) => ({ metadata: { name }, spec: { type, selector: { a: "b" }, ports: [{ port: 80 }] } });
  assert.is((await create(api, service("a", "NodePort"), "services")).code, 201);
  assert.equal(await used(api), { services: "2", "services.nodeports": "1", "services.loadbalancers": "0" }, "kubernetes is there too");
  const second = await create(api, service("b", "NodePort"), "services");
  assert.match(second.body.message ?? "", /exceeded quota: q, requested: services\.nodeports=1, used: services\.nodeports=1/);
  assert.is((await create(api, service("b", "ClusterIP"), "services")).code, 201);
  await remove(api, "services", "a");
  assert.equal(await used(api), { services: "2", "services.nodeports": "0", "services.loadbalancers": "0" });
  const changed = await api.ask({
    verb: "patch",
    of: "services",
    namespace: "default",
    name: "b",
    type: "application/merge-patch+json",
    body: { spec: { type: "NodePort" } },
  });
  assert.is(changed.code, 200);
  assert.is((await used(api))?.["services.nodeports"], "1");
  await stop();
});

test("secrets, replica sets, controllers and claims are counted as they come and go", async () => {
  const { api, stop } = await start();
  const hard = {
    secrets: "2",
    "count/replicasets.apps": "2",
    replicationcontrollers: "2",
    persistentvolumeclaims: "2",
    "requests.storage": "10Gi",
    "gold.storageclass.storage.k8s.io/requests.storage": "5Gi",
  };
  await quota(api, hard);
  const selected = { selector: { matchLabels: { a: "b" } }, template: { metadata: { labels: { a: "b" } }, spec: aPod().spec } };
  await create(api, { metadata: { name: "s" } }, "secrets");
  await create(api, { metadata: { name: "rs" }, spec: { ...selected, replicas: 0 } }, "replicasets.apps");
  await create(api, { metadata: { name: "rc" }, spec: { selector: { a: "b" }, template: selected.template } }, "replicationcontrollers");
  const claim = { accessModes: ["ReadWriteOnce"], storageClassName: "gold", resources: { requests: { storage: "1Gi" } } };
  await create(api, { metadata: { name: "pvc" }, spec: claim }, "persistentvolumeclaims");
  const most = {
    secrets: "1",
    "count/replicasets.apps": "1",
    replicationcontrollers: "1",
    persistentvolumeclaims: "1",
    "requests.storage": "1Gi",
    "gold.storageclass.storage.k8s.io/requests.storage": "1Gi",
  };
  assert.equal(await used(api), most);
  const tooMuch = { ...claim, resources: { requests: { storage: "5Gi" } } };
  assert.is((await create(api, { metadata: { name: "two" }, spec: tooMuch }, "persistentvolumeclaims")).code, 403);
  await remove(api, "secrets", "s");
  assert.equal(await used(api), { ...most, secrets: "0" });
  await stop();
});

test("writes at the same time do not get past the quota together", async () => {
  const { api, stop } = await start();
  await quota(api, { configmaps: "5" });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => create(api, { metadata: { name: `m${at}` } }, "configmaps")));
  assert.is(answers.filter(({ code }) => code === 201).length, 5);
  assert.is((await used(api))?.["configmaps"], "5");
  await stop();
});

test("what exists already, a dry run and a failed write cost nothing for long", async () => {
  const { api, stop } = await start();
  await quota(api, { configmaps: "2" });
  await create(api, { metadata: { name: "a" } }, "configmaps");
  assert.is((await create(api, { metadata: { name: "a" } }, "configmaps")).code, 409);
  await api.must({
    verb: "create",
    of: "configmaps",
    namespace: "default",
    body: { metadata: { name: "b" } },
    options: { dryRun: ["All"] },
  });
  assert.equal(await used(api), { configmaps: "1" });
  await stop();
});

test("custom resources are counted from when they are defined", async () => {
  const { api, stop } = await start();
  await quota(api, { "count/crontabs.stable.example.com": "1" });
  await api.must({ ...crds, verb: "create", body: definition() });
  await establish(api);
  await api.clock.advance(2_000);
  assert.is((await api.ask(tab("a"))).code, 201);
  assert.match((await api.ask(tab("b"))).body.message ?? "", /exceeded quota: q, requested: count\/crontabs\.stable\.example\.com=1/);
  await remove(api, tabs.of, "a");
  assert.equal(await used(api), { "count/crontabs.stable.example.com": "0" });
  await stop();
});

test("limits can be changed, and a quota that is gone limits nothing", async () => {
  const { api, stop } = await start();
  await quota(api, { configmaps: "0" });
  assert.is((await create(api, { metadata: { name: "a" } }, "configmaps")).code, 403);
  const at = { of: "resourcequotas", namespace: "default", name: "q", type: "application/merge-patch+json" } as const;
  await api.must({ ...at, verb: "patch", body: { spec: { hard: { configmaps: "1" } } } });
  await api.clock.advance(2_000);
  assert.is((await create(api, { metadata: { name: "a" } }, "configmaps")).code, 201);
  assert.is((await create(api, { metadata: { name: "b" } }, "configmaps")).code, 403);
  await remove(api, "resourcequotas", "q");
  assert.is((await create(api, { metadata: { name: "b" } }, "configmaps")).code, 201);
  await stop();
});

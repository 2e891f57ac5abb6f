import * as assert from "uvu/assert";
import { decide, type Observed, type ReplicaOwner } from "#actors/controllers/replicaset/decide.ts";
import { replicationController } from "#actors/controllers/replicaset/io.ts";
import { events } from "#api/core/v1/event.ts";
import { namespaces } from "#api/core/v1/namespace.ts";
import { pods, type Pod } from "#api/core/v1/pod.ts";
import { replicationControllers } from "#api/core/v1/replication-controller.ts";
import { resourceQuotas } from "#api/core/v1/resource-quota.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import type { V1ReplicationController } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import { selectorOfLabels } from "#api/meta/selector.ts";
import { startApiServer } from "#test/support/api-server.ts";
import { controlling, runControllers, type Controlled } from "#test/support/controlling.ts";
import { deafTo } from "#test/support/deaf-client.ts";
import { aPod, aPodSpec, managedBy, stored } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("controllers/replicaset");
const NOW = Date.parse("2026-01-01T00:10:00Z");
const LABELS = { app: "web" };
const TEMPLATE = { metadata: { labels: LABELS }, spec: aPodSpec() };

const owner = (spec = {}, metadata = {}): ReplicaOwner =>
  stored({ metadata: { namespace: "default", name: "web" }, spec: { replicas: 2, template: TEMPLATE, ...spec } }, metadata) as ReplicaOwner;
const pod = (name: string, of: Stored | undefined, more: Pod = {}): Stored<Pod> =>
  stored(aPod({ metadata: { name, labels: LABELS, ...(of === undefined ? {} : { ownerReferences: [managedBy(of)] }), ...more.metadata } }));
const observed = (self: ReplicaOwner, present: readonly Stored<Pod>[], failure?: Observed["failure"]): Observed => ({
  owner: self,
  selector: selectorOfLabels(LABELS),
  pods: present,
  related: present,
  failure,
  tellsTerminating: true,
});
const words = (world: Observed): readonly string[] =>
  decide(world, NOW).map((action) => ("pod" in action ? `${action.do} ${action.pod.metadata.name}` : action.do));
const reportOf = (world: Observed) => {
  const found = decide(world, NOW).find((action) => action.do === "report");
  return found?.do === "report" ? found.status : undefined;
};
const FAILURE = { reason: "FailedCreate", message: "exceeded quota", at: "2026-01-01T00:00:00Z" } as const;

test("creates what is missing and reports what is there", () => {
  const self = owner();
  assert.equal(words(observed(self, [pod("a", self)])), ["create", "report"]);
  assert.equal(reportOf(observed(self, [pod("a", self)])), {
    replicas: 1,
    fullyLabeledReplicas: 1,
    terminatingReplicas: 0,
    observedGeneration: 0,
  });
});
test("adopts an orphan that matches instead of creating a pod, and lets go what matches no more", () => {
  const self = owner();
  const strange = pod("strange", self, { metadata: { labels: { app: "other" } } });
  assert.equal(words(observed(self, [pod("a", self), pod("orphan", undefined), strange])), ["adopt orphan", "release strange", "report"]);
});
test("deletes the cheapest pod first", () => {
  const self = owner({ replicas: 1 });
  const cost = { "controller.kubernetes.io/pod-deletion-cost": "-5" };
  const world = observed(self, [pod("a", self), pod("cheap", self, { metadata: { labels: LABELS, annotations: cost } })]);
  assert.equal(words(world), ["delete cheap", "report"]);
});
test("an owner that is being deleted makes and deletes nothing", () => {
  const self = owner({ replicas: 0 }, { deletionTimestamp: "2026-01-01T00:00:00Z" });
  assert.equal(words(observed(self, [pod("a", self)])), ["report"]);
});
test("counts the pods that are being deleted, but for a ReplicationController", () => {
  const self = owner();
  const going = { metadata: { labels: LABELS, ownerReferences: [managedBy(self)], deletionTimestamp: "2026-01-01T00:00:00Z" } };
  const ended = { ...pod("ended", self, going), status: { phase: "Succeeded" } };
  const world = observed(self, [pod("a", self), pod("going", self, going), ended]);
  assert.is(reportOf(world)?.terminatingReplicas, 1);
  assert.is(reportOf(world)?.replicas, 1);
  assert.is(reportOf({ ...world, tellsTerminating: false })?.terminatingReplicas, undefined);
});
test("a status without the count of those being deleted is written once more", () => {
  const self = owner({ replicas: 1 }, { generation: 1 });
  const world = observed(self, [pod("a", self)]);
  const { terminatingReplicas, ...before } = reportOf(world) ?? { replicas: 0 };
  assert.is(terminatingReplicas, 0);
  assert.equal(words({ ...world, owner: { ...self, status: before } }), ["report"]);
  assert.equal(words({ ...world, owner: { ...self, status: { ...before, terminatingReplicas: 0 } } }), []);
});
test("a failure is a condition as long as what failed is wanted", () => {
  const self = owner();
  assert.equal(words(observed(self, [], FAILURE)), ["report", "create", "create"]);
  const [condition] = reportOf(observed(self, [], FAILURE))?.conditions ?? [];
  assert.equal([condition?.type, condition?.status, condition?.reason], ["ReplicaFailure", "True", "FailedCreate"]);
  const failed = {
    ...self,
    spec: { ...self.spec, replicas: 1 },
    status: { replicas: 1, conditions: condition === undefined ? [] : [condition] },
  };
  assert.equal(reportOf(observed(failed, [pod("a", self)], FAILURE))?.conditions, undefined);
  const surplus = { ...failed, spec: { ...self.spec, replicas: 0 } };
  assert.equal(reportOf(observed(surplus, [pod("a", self)], FAILURE))?.conditions, undefined);
});

const rcOf = (replicas: number): V1ReplicationController => ({
  metadata: { namespace: "default", name: "web" },
  spec: { replicas, selector: LABELS, template: TEMPLATE },
});

/** The status once it is as wanted. */
const statusWhen = async (
  { api }: Controlled,
  wanted: (status: NonNullable<V1ReplicationController["status"]>) => boolean,
): Promise<NonNullable<V1ReplicationController["status"]>> => {
  for (let round = 0; round < 60; round++) {
    const { status } = await api.client().get(replicationControllers, { namespace: "default", name: "web" });
    if (status !== undefined && wanted(status)) return status;
    await api.clock.advance(1_000);
  }
  throw new Error("the status never became so");
};
const wanting = (replicas: number) => ({ type: "application/merge-patch+json", body: { spec: { replicas } } }) as const;
const isFailing = ({ conditions = [] }: NonNullable<V1ReplicationController["status"]>): boolean =>
  conditions.some(({ type }) => type === "ReplicaFailure");

test("a ReplicationController tells of a quota, and no more when it wants no more than there may be", async () => {
  const running = await controlling(replicationController);
  const client = running.api.client();
  await client.create(serviceAccounts, { metadata: { namespace: "default", name: "default" } });
  await client.create(resourceQuotas, { metadata: { namespace: "default", name: "two" }, spec: { hard: { pods: "2" } } });
  await client.update(
    resourceQuotas,
    { metadata: { namespace: "default", name: "two" }, status: { hard: { pods: "2" }, used: { pods: "0" } } },
    { subresource: "status" },
  );
  await client.create(replicationControllers, rcOf(3));
  const { conditions, replicas } = await statusWhen(running, (status) => isFailing(status) && status.replicas === 2);
  assert.is(replicas, 2);
  assert.match(
    conditions?.[0]?.message ?? "",
    /^pods "web-.*" is forbidden: exceeded quota: two, requested: pods=1, used: pods=2, limited: pods=2$/,
  );
  const told = (await client.list(events, { namespace: "default" })).items.map(({ reason, message }) => `${reason} ${message}`);
  assert.ok(told.some((text) => /^FailedCreate Error creating: pods "web-.*" is forbidden: exceeded quota/.test(text)));
  await client.patch(replicationControllers, { namespace: "default", name: "web" }, wanting(2));
  await statusWhen(running, (status) => !isFailing(status) && status.observedGeneration === 2);
  await running.stop();
});

test("in a namespace that ends pods are neither made nor said to fail", async () => {
  const running = await controlling(replicationController);
  const client = running.api.client();
  await client.create(namespaces, { metadata: { name: "leaving" } });
  const made = await client.create(replicationControllers, { ...rcOf(0), metadata: { namespace: "leaving", name: "web" } });
  await client.create(serviceAccounts, { metadata: { namespace: "leaving", name: "default" } });
  await client.delete(namespaces, { name: "leaving" });
  await client.patch(replicationControllers, made.metadata, wanting(1));
  await running.api.clock.advance(10_000);
  const { status } = await client.get(replicationControllers, made.metadata);
  assert.is(status?.observedGeneration, 2);
  assert.not(isFailing(status ?? { replicas: 0 }));
  assert.equal((await client.list(pods, { namespace: "leaving" })).items, []);
  await running.stop();
});

test("nothing is adopted by an owner of whose end the informer has not heard", async () => {
  const api = await startApiServer();
  const { client, deafen } = deafTo(api.client(), "replicationcontrollers");
  const running = runControllers(api, client, replicationController);
  await api.client().create(serviceAccounts, { metadata: { namespace: "default", name: "default" } });
  const held = { ...rcOf(0), metadata: { ...rcOf(0).metadata, finalizers: ["example.com/hold"] } };
  const { metadata } = await api.client().create(replicationControllers, held);
  await api.clock.advance(5_000);
  deafen();
  await api.client().delete(replicationControllers, metadata);
  const orphan = await api.client().create(pods, aPod({ metadata: { name: "orphan", labels: LABELS } }));
  await api.clock.advance(5_000);
  assert.is((await api.client().get(pods, orphan.metadata)).metadata.ownerReferences, undefined);
  await running.stop();
});

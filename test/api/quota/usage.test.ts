import * as fc from "fast-check";
import * as assert from "uvu/assert";
import type { V1PersistentVolumeClaim, V1PodSpec, V1Service, V1ServiceSpec } from "#api/generated/types.ts";
import type { ResourceQuota } from "#api/core/v1/resource-quota.ts";
import { addLists, type ResourceList } from "#api/core/v1/resource-list.ts";
import { amountsText, exceeded, increase, sameAmounts } from "#api/quota/amounts.ts";
import { charge } from "#api/quota/charge.ts";
import { evaluatorOf, isInScope } from "#api/quota/evaluator.ts";
import { aPod } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api/quota");
const NOW = Date.UTC(2026, 0, 1);
const core = (resource: string) => evaluatorOf({ group: "", resource });

const amount = fc.integer({ min: 0, max: 2_000 }).map((milli) => `${milli}m`);
const list = fc.dictionary(fc.constantFrom("cpu", "memory", "pods"), amount, { noNullPrototype: true });

test("what is charged for a change, and what was, is what is there", () => {
  fc.assert(
    fc.property(list, list, (before, added) => {
      const after = addLists(before, added);
      const all = addLists(before, increase(after, before));
      assert.ok(sameAmounts({ ...zeros(after), ...all }, { ...zeros(after), ...after }));
      assert.equal(increase(before, after), {});
    }),
  );
});

const zeros = (of: ResourceList): ResourceList => Object.fromEntries(Object.keys(of).map((name) => [name, "0"]));

test("a list exceeds limits by the amounts that are above them", () => {
  assert.equal(exceeded({ cpu: "1001m", memory: "1Gi", other: "9" }, { cpu: "1", memory: "1024Mi" }), ["cpu"]);
  assert.is(amountsText({ pods: "2", cpu: "1" }), "cpu=1,pods=2");
  assert.not.ok(sameAmounts({ cpu: "1" }, {}));
});

const podUsage = (spec: Partial<V1PodSpec>, status: object = {}, metadata: object = {}) =>
  core("pods").usage(aPod({ metadata, spec: { containers: [], ...spec }, status }), NOW);

test("a pod costs what its containers ask for at most, with its overhead", () => {
  const resources = { requests: { cpu: "1", "hugepages-2Mi": "4Mi", "example.com/a": "1" }, limits: { cpu: "2", "hugepages-2Mi": "4Mi" } };
  const init = { name: "i", image: "i", resources: { requests: { cpu: "3" }, limits: { cpu: "3" } } };
  assert.equal(podUsage({ containers: [{ name: "c", image: "i", resources }], initContainers: [init], overhead: { cpu: "1" } }), {
    "count/pods": "1",
    pods: "1",
    cpu: "4",
    "requests.cpu": "4",
    "limits.cpu": "4",
    "hugepages-2Mi": "4Mi",
    "requests.hugepages-2Mi": "4Mi",
    "requests.example.com/a": "1",
  });
});

test("a pod that has ended, or is past its grace, holds only its place", () => {
  assert.equal(podUsage({}, { phase: "Succeeded" }), { "count/pods": "1" });
  const dying = (deletionTimestamp: string) => podUsage({}, {}, { deletionTimestamp, deletionGracePeriodSeconds: 30 });
  assert.equal(dying("2025-12-31T23:59:59Z"), { "count/pods": "1" });
  assert.equal(dying("2026-01-01T00:00:30Z"), { "count/pods": "1", pods: "1" });
});

const scoped = (spec: ResourceQuota["spec"], pod: Partial<V1PodSpec>) => isInScope({ spec }, aPod({ spec: pod }), core("pods"));
const byClass = (operator: string, values?: readonly string[]): ResourceQuota["spec"] => ({
  scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator, ...(values === undefined ? {} : { values }) }] },
});

test("priority classes and affinity across namespaces are scopes", () => {
  const high = { priorityClassName: "high" };
  assert.equal(
    [byClass("In", ["high"]), byClass("NotIn", ["high"]), byClass("Exists"), byClass("DoesNotExist")].map((spec) => [
      scoped(spec, high),
      scoped(spec, {}),
    ]),
    [
      [true, false],
      [false, true],
      [true, false],
      [false, true],
    ],
  );
  const term = { topologyKey: "zone", namespaces: ["other"] };
  const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  const crossing = { scopes: ["CrossNamespacePodAffinity"] };
  assert.equal([scoped(crossing, { affinity }), scoped(crossing, {})], [true, false]);
  assert.not.ok(isInScope({ spec: { scopes: ["BestEffort"] } }, {}, core("configmaps")), "only pods have scopes");
});

const service = (spec: V1ServiceSpec): V1Service => ({ spec });

test("a load balancer costs its node ports, unless it has none", () => {
  const ports = [{ port: 1 }, { port: 2, nodePort: 30_000 }];
  const portsOf = (spec: V1ServiceSpec) => core("services").usage(service(spec), NOW)["services.nodeports"];
  assert.is(portsOf({ type: "LoadBalancer", ports }), "2");
  assert.is(portsOf({ type: "LoadBalancer", ports, allocateLoadBalancerNodePorts: false }), "1");
  assert.is(portsOf({ type: "ClusterIP", ports }), "0");
});

test("a claim is in the scope of its attributes class", () => {
  const spec = {
    scopeSelector: { matchExpressions: [{ scopeName: "VolumeAttributesClass", operator: "In", values: ["fast"] }] },
  } as const;
  const claim = (volumeAttributesClassName?: string): V1PersistentVolumeClaim => ({ spec: { volumeAttributesClassName } });
  const isIn = (name?: string) => isInScope({ spec }, claim(name), core("persistentvolumeclaims"));
  assert.equal([isIn("fast"), isIn("slow"), isIn()], [true, false, false]);
});

test("nothing is charged to a quota that nobody has counted yet", () => {
  const quota = { metadata: { name: "q" }, spec: { hard: { pods: "1" } }, status: { hard: { pods: "1", cpu: "1" }, used: { pods: "0" } } };
  const object = aPod({ spec: { containers: [{ name: "c", image: "i", resources: { requests: { cpu: "1m" } } }] } });
  const write = { evaluator: core("pods"), object, old: undefined, nowMs: NOW };
  assert.equal(charge(quota, write), { refused: "status unknown for quota: q, resources: cpu,pods" });
  assert.is(charge({ ...quota, status: {} }, write), "none");
});

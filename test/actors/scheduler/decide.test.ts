import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { explain, schedule } from "#actors/scheduler/decide.ts";
import { NodeInfo } from "#actors/scheduler/node-info.ts";
import type { Candidate } from "#actors/scheduler/plugins/plugin.ts";
import { podInfo, type PodInfo } from "#actors/scheduler/pod-info.ts";
import type { V1NodeSpec, V1PodSpec } from "#api/generated/types.ts";
import { aNode, aPod, managedBy, aReplicaSet, stored } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("scheduler/decide");
const first = () => 0;

const candidate = (
  name: string,
  {
    spec = {},
    allocatable = {},
    labels = {},
  }: { spec?: V1NodeSpec; allocatable?: Record<string, string>; labels?: Record<string, string> } = {},
): Candidate => {
  const info = new NodeInfo(name);
  const node = stored(
    aNode({ metadata: { name, labels }, spec, status: { allocatable: { cpu: "4", memory: "8Gi", pods: "110", ...allocatable } } }),
  );
  info.node = node;
  return { info, node };
};
let count = 0;
const pod = (spec: Partial<V1PodSpec> = {}, metadata = {}): PodInfo =>
  podInfo(
    stored(aPod({ metadata: { name: `p-${count++}`, ...metadata }, spec: { containers: [{ name: "c", image: "i" }], ...spec } }), {
      uid: `uid-${count}`,
    }),
  );
const wants = (cpu: string, memory = "1Mi"): PodInfo =>
  pod({ containers: [{ name: "c", image: "i", resources: { requests: { cpu, memory } } }] });
const reasons = (info: PodInfo, candidates: readonly Candidate[]): string => {
  const decision = schedule(info, candidates, first);
  return decision.do === "unschedulable" ? (decision.reasons.split(". preemption")[0] ?? "") : decision.node;
};

test("binds to the only node that fits", () => {
  assert.equal(schedule(wants("2"), [candidate("small", { allocatable: { cpu: "1" } }), candidate("big")], first), {
    do: "bind",
    node: "big",
  });
});
test("counts each reason over the nodes that give it, in upstream's words", () => {
  const tainted = candidate("control-plane", {
    spec: { taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }] },
  });
  assert.is(
    reasons(wants("9"), [tainted, candidate("a"), candidate("b")]),
    "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 Insufficient cpu",
  );
});
test("says that there are no nodes", () => assert.is(explain([]), "no nodes available to schedule pods"));
test("says that preemption does not help", () =>
  assert.match(explain([["Insufficient cpu"]]), "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."));

const REFUSED: readonly (readonly [string, Candidate, PodInfo])[] = [
  ["node(s) were unschedulable", candidate("n", { spec: { unschedulable: true } }), pod()],
  ["node(s) didn't match Pod's node affinity/selector", candidate("n"), pod({ nodeSelector: { disk: "ssd" } })],
  ["Insufficient memory", candidate("n"), wants("1", "9Gi")],
  [
    "Insufficient example.com/gpu",
    candidate("n"),
    pod({ containers: [{ name: "c", image: "i", resources: { requests: { "example.com/gpu": "1" } } }] }),
  ],
  ["Too many pods", candidate("n", { allocatable: { pods: "0" } }), pod()],
];
for (const [reason, node, info] of REFUSED)
  test(`refuses: ${reason}`, () => assert.is(reasons(info, [node]), `0/1 nodes are available: 1 ${reason}`));

test("takes a tolerated taint and an unschedulable node for a pod that tolerates both", () => {
  const spec = { unschedulable: true, taints: [{ key: "k", value: "v", effect: "NoExecute" }] };
  assert.is(schedule(pod({ tolerations: [{ operator: "Exists" }] }), [candidate("n", { spec })], first).do, "bind");
});
test("keeps host ports apart by address and protocol", () => {
  const node = candidate("n");
  const on = (hostIP: string, protocol: string): PodInfo =>
    pod({ containers: [{ name: "c", image: "i", ports: [{ containerPort: 80, hostPort: 8080, hostIP, protocol }] }] });
  node.info.add(on("127.0.0.1", "TCP"));
  assert.is(schedule(on("127.0.0.2", "TCP"), [node], first).do, "bind");
  assert.is(schedule(on("127.0.0.1", "UDP"), [node], first).do, "bind");
  assert.is(reasons(on("0.0.0.0", "TCP"), [node]), "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports");
});
test("prefers the node with more left, and the one that the pod prefers", () => {
  const [full, empty] = [candidate("full"), candidate("empty", { labels: { zone: "a" } })];
  full.info.add(wants("3"));
  assert.equal(schedule(wants("100m"), [full, empty], first), { do: "bind", node: "empty" });
  const preferred = {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 100, preference: { matchExpressions: [{ key: "zone", operator: "DoesNotExist" }] } },
      ],
    },
  };
  assert.equal(schedule(pod({ affinity: preferred }), [candidate("full"), empty], first), { do: "bind", node: "full" });
});
test("spreads the pods of one owner", () => {
  const owner = managedBy(stored(aReplicaSet({}), { uid: "rs" }));
  const nodes = [candidate("a"), candidate("b"), candidate("c")];
  for (let index = 0; index < 30; index++) {
    const next = pod({}, { ownerReferences: [owner] });
    const decision = schedule(next, nodes, first);
    if (decision.do === "bind") nodes.find(({ info }) => info.name === decision.node)?.info.add(next);
  }
  assert.equal(
    nodes.map(({ info }) => info.podCount),
    [10, 10, 10],
  );
});
test("never puts more on a node than it has", () => {
  const amounts = fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 40 });
  fc.assert(
    fc.property(amounts, (wanted) => {
      const nodes = [candidate("a"), candidate("b", { allocatable: { cpu: "2500m" } })];
      for (const milli of wanted) {
        const next = wants(`${milli}m`);
        const decision = schedule(next, nodes, first);
        if (decision.do === "bind") nodes.find(({ info }) => info.name === decision.node)?.info.add(next);
      }
      return nodes.every(({ info }) => info.requested("cpu") <= info.allocatable("cpu"));
    }),
    { numRuns: 50 },
  );
});
test("gives back exactly what a pod took", () => {
  const { info } = candidate("a");
  const [one, two] = [wants("1"), wants("2")];
  info.add(one);
  info.add(two);
  info.add(two);
  info.remove(one.uid);
  info.remove(one.uid);
  assert.equal([info.requested("cpu"), info.podCount], [2_000, 1]);
});

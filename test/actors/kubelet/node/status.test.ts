import * as assert from "uvu/assert";
import type { V1NodeStatus } from "#api/generated/types.ts";
import { deepEqual } from "#api/meta/equal.ts";
import { newNode, nodeStatus, withoutHeartbeat, type NodeInputs } from "#actors/kubelet/node/status.ts";
import { suite } from "#test/support/suite.ts";
import { nodeConfig } from "#test/actors/kubelet/node.ts";

const test = suite("status of a node");

const gib = 1024 ** 3;
const machine = { cpus: 4, memoryBytes: 8 * gib, memoryAvailableBytes: gib, diskBytes: 100 * gib, diskAvailableBytes: gib };
const status = (inputs: Partial<NodeInputs> = {}): V1NodeStatus =>
  nodeStatus({
    config: nodeConfig,
    machine,
    images: [],
    runtimeVersion: "orrery-wasi://0.1.0",
    notReady: undefined,
    previous: {},
    now: 0,
    ...inputs,
  });
const verdicts = ({ conditions = [] }: V1NodeStatus) =>
  conditions.map(({ type, status: verdict, reason }) => `${type} ${verdict} ${reason}`);

test("tells what the machine has and what may be given away", () => {
  const config = { ...nodeConfig, maxPods: 110, reserved: { cpuMilli: 500, memoryBytes: gib } };
  const { capacity, allocatable, nodeInfo, addresses } = status({ config });
  assert.equal(capacity, { cpu: "4", memory: "8Gi", "ephemeral-storage": "100Gi", pods: "110" });
  assert.equal(allocatable, { cpu: "3500m", memory: "7Gi", "ephemeral-storage": "100Gi", pods: "110" });
  assert.equal([nodeInfo?.operatingSystem, nodeInfo?.containerRuntimeVersion], ["linux", "orrery-wasi://0.1.0"]);
  assert.equal(
    addresses?.map(({ type }) => type),
    ["InternalIP", "Hostname"],
  );
});

test("says how the node fares", () => {
  assert.equal(verdicts(status()), [
    "MemoryPressure False KubeletHasSufficientMemory",
    "DiskPressure False KubeletHasNoDiskPressure",
    "PIDPressure False KubeletHasSufficientPID",
    "Ready True KubeletReady",
  ]);
  const config = { ...nodeConfig, pressure: { memoryBytes: 2 * gib, diskBytes: 2 * gib } };
  assert.equal(verdicts(status({ config, notReady: "why" })), [
    "MemoryPressure True KubeletHasInsufficientMemory",
    "DiskPressure True KubeletHasDiskPressure",
    "PIDPressure False KubeletHasSufficientPID",
    "Ready False KubeletNotReady",
  ]);
});

test("moves an instant only with its condition, and a heartbeat always", () => {
  const before = status();
  const later = status({ previous: before, now: 60_000 });
  const [, , , ready] = later.conditions ?? [];
  assert.equal([ready?.lastHeartbeatTime, ready?.lastTransitionTime], ["1970-01-01T00:01:00Z", "1970-01-01T00:00:00Z"]);
  assert.ok(deepEqual(withoutHeartbeat(before), withoutHeartbeat(later)));
});

test("lists the largest images", () => {
  const images = Array.from({ length: 60 }, (_, index) => ({ id: `${index}`, tags: [`i:${index}`], digests: [], sizeBytes: index }));
  const listed = status({ images }).images ?? [];
  assert.equal([listed.length, listed[0]?.names, listed[0]?.sizeBytes], [50, ["i:59"], 59]);
});

test("labels a new node, and taints it as it is told", () => {
  const taints = [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }];
  const { metadata, spec } = newNode({ ...nodeConfig, taints, labels: { zone: "a" } });
  assert.equal([metadata?.labels?.["kubernetes.io/arch"], metadata?.labels?.["zone"], spec?.taints], ["amd64", "a", taints]);
});

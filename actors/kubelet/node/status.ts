// The Node object that a kubelet writes: what the machine has, what may be given away, how it fares. Pure.
// upstream: pkg/kubelet/nodestatus/setters.go, pkg/kubelet/kubelet_node_status.go
import type { V1Node, V1NodeCondition, V1NodeStatus } from "#api/generated/types.ts";
import { canonicalQuantity, milliQuantity, quantityOf } from "#api/meta/quantity.ts";
import { toTime } from "#lib/clock.ts";
import type { Image } from "#runtime/port.ts";
import type { KubeletConfig, Machine } from "../ports.ts";

export type NodeInputs = {
  readonly config: KubeletConfig;
  readonly machine: Machine;
  readonly images: readonly Image[];
  /** `name://version` of the container runtime. */
  readonly runtimeVersion: string;
  /** Why the node cannot run pods; undefined: it can. */
  readonly notReady: string | undefined;
  readonly previous: V1NodeStatus;
  readonly now: number;
};

/** upstream: pkg/kubelet/apis/config/v1beta1/defaults.go NodeStatusMaxImages */
const MOST_IMAGES = 50;

const bytes = (count: number): string => canonicalQuantity(quantityOf(Math.max(0, Math.floor(count / 1024)) * 1024, "BinarySI"));
const cpus = (milli: number): string => canonicalQuantity(milliQuantity(Math.max(0, Math.floor(milli))));

/** The labels that every node has, and its own. */
export const nodeLabels = ({ nodeName, system, labels }: KubeletConfig): { readonly [key: string]: string } => ({
  "beta.kubernetes.io/arch": system.architecture,
  "beta.kubernetes.io/os": "linux",
  "kubernetes.io/arch": system.architecture,
  "kubernetes.io/hostname": nodeName,
  "kubernetes.io/os": "linux",
  ...labels,
});

/** The node as it is created. */
export const newNode = (config: KubeletConfig): V1Node => ({
  metadata: { name: config.nodeName, labels: nodeLabels(config) },
  spec: config.taints.length === 0 ? {} : { taints: config.taints },
});

type Verdict = { readonly status: "True" | "False"; readonly reason: string; readonly message: string };

const yes = (reason: string, message: string): Verdict => ({ status: "True", reason, message });
const no = (reason: string, message: string): Verdict => ({ status: "False", reason, message });

const verdicts = ({ config, machine, notReady }: NodeInputs): Readonly<Record<string, Verdict>> => ({
  MemoryPressure:
    machine.memoryAvailableBytes < config.pressure.memoryBytes
      ? yes("KubeletHasInsufficientMemory", "kubelet has insufficient memory available")
      : no("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
  DiskPressure:
    machine.diskAvailableBytes < config.pressure.diskBytes
      ? yes("KubeletHasDiskPressure", "kubelet has disk pressure")
      : no("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
  PIDPressure: no("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
  Ready: notReady === undefined ? yes("KubeletReady", "kubelet is posting ready status") : no("KubeletNotReady", notReady),
});

const conditionsOf = (inputs: NodeInputs): readonly V1NodeCondition[] => {
  const now = toTime(inputs.now);
  return Object.entries(verdicts(inputs)).map(([type, { status, reason, message }]) => {
    const before = inputs.previous.conditions?.find((condition) => condition.type === type);
    const since = before?.status === status ? before.lastTransitionTime : now;
    return { type, status, lastHeartbeatTime: now, lastTransitionTime: since, reason, message };
  });
};

const imagesOf = (images: readonly Image[]): V1NodeStatus["images"] =>
  images
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, MOST_IMAGES)
    .map(({ digests, tags, sizeBytes }) => ({ names: [...digests, ...tags], sizeBytes }));

/** The status of the node. */
export const nodeStatus = (inputs: NodeInputs): V1NodeStatus => {
  const { config, machine, images, runtimeVersion } = inputs;
  const { system, reserved, kubeletVersion } = config;
  const shared = { "ephemeral-storage": bytes(machine.diskBytes), pods: String(config.maxPods) };
  return {
    addresses: [...config.addresses.map((address) => ({ type: "InternalIP", address })), { type: "Hostname", address: config.nodeName }],
    capacity: { cpu: cpus(machine.cpus * 1000), memory: bytes(machine.memoryBytes), ...shared },
    allocatable: {
      cpu: cpus(machine.cpus * 1000 - reserved.cpuMilli),
      memory: bytes(machine.memoryBytes - reserved.memoryBytes),
      ...shared,
    },
    conditions: conditionsOf(inputs),
    nodeInfo: {
      architecture: system.architecture,
      bootID: system.bootId,
      containerRuntimeVersion: runtimeVersion,
      kernelVersion: system.kernelVersion,
      kubeProxyVersion: kubeletVersion,
      kubeletVersion,
      machineID: system.machineId,
      operatingSystem: "linux",
      osImage: system.osImage,
      systemUUID: system.systemUuid,
    },
    images: imagesOf(images),
  };
};

/** The status without its heartbeats: what decides whether it is worth a write before its time. */
export const withoutHeartbeat = (status: V1NodeStatus): V1NodeStatus => ({
  ...status,
  conditions: status.conditions?.map(({ type, status: verdict, reason, message }) => ({ type, status: verdict, reason, message })),
});

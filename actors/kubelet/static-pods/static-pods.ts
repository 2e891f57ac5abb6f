// Static pods: processes of the control plane, shown as mirror pods. The kubelet starts none of them; it makes their API
// objects, tells how they fare, and makes an object anew that somebody has deleted.
// upstream: pkg/kubelet/pod/mirror_client.go, pkg/kubelet/config/common.go
import type { V1ContainerState, V1PodStatus } from "#api/generated/types.ts";
import { MIRROR_POD } from "#api/core/v1/pod-annotations.ts";
import type { Pod } from "#api/core/v1/pod.ts";
import { toTime } from "#lib/clock.ts";
import { podConditions } from "../pod/conditions.ts";
import type { BoundPod } from "../pod/containers.ts";
import type { StaticStatus } from "../ports.ts";

const HASH = "kubernetes.io/config.hash";
const SOURCE = "kubernetes.io/config.source";

/** A node, as an owner. */
export type Owner = { readonly name: string; readonly uid: string };

/** A stable, short name of a pod's definition (FNV-1a, 64 bits). */
export const hashOf = (pod: Pod): string => {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(JSON.stringify(pod))) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, "0").repeat(2);
};

/** The mirror pod of a static pod on a node. */
export const mirrorOf = (pod: Pod, node: Owner): Pod => {
  const hash = hashOf(pod);
  return {
    metadata: {
      ...pod.metadata,
      name: `${pod.metadata?.name ?? ""}-${node.name}`,
      namespace: pod.metadata?.namespace ?? "kube-system",
      annotations: { ...pod.metadata?.annotations, [MIRROR_POD]: hash, [HASH]: hash, [SOURCE]: "file" },
      ownerReferences: [{ apiVersion: "v1", kind: "Node", name: node.name, uid: node.uid, controller: true }],
    },
    spec: {
      priorityClassName: "system-node-critical",
      enableServiceLinks: true,
      tolerations: [{ operator: "Exists", effect: "NoExecute" }],
      hostNetwork: true,
      ...pod.spec,
      containers: pod.spec?.containers ?? [],
      nodeName: node.name,
    },
  };
};

/** True when the mirror shows the static pod as it is now. */
export const isCurrent = (mirror: Pod, pod: Pod): boolean => mirror.metadata?.annotations?.[MIRROR_POD] === hashOf(pod);

const stateOf = ({ running, startedAt, exitCode, finishedAt }: StaticStatus): V1ContainerState => {
  if (running) return { running: { startedAt: toTime(startedAt ?? 0) } };
  if (finishedAt === undefined) return { waiting: { reason: "ContainerCreating" } };
  const code = exitCode ?? 1;
  return { terminated: { exitCode: code, reason: code === 0 ? "Completed" : "Error", finishedAt: toTime(finishedAt) } };
};

/** The status of a mirror pod, from its process. */
export const mirrorStatus = (mirror: BoundPod, process: StaticStatus, hostIps: readonly string[], now: number): V1PodStatus => {
  const { running, restartCount, startedAt } = process;
  const [ip] = hostIps;
  const apps = mirror.spec.containers.map(({ name, image = "" }) => ({
    name,
    image,
    imageID: "",
    state: stateOf(process),
    lastState: {},
    ready: running,
    started: running,
    restartCount,
  }));
  const phase = running || restartCount > 0 ? "Running" : "Pending";
  const statuses = { init: [], sidecars: [], apps };
  const previous = mirror.status?.conditions ?? [];
  const conditions = podConditions({ pod: mirror, statuses, phase, sandboxReady: true, previous, now: toTime(now) });
  return {
    ...(mirror.metadata.generation === undefined ? {} : { observedGeneration: mirror.metadata.generation }),
    phase,
    conditions,
    ...(ip === undefined ? {} : { hostIP: ip, hostIPs: hostIps.map((each) => ({ ip: each })), podIP: ip, podIPs: [{ ip }] }),
    startTime: mirror.status?.startTime ?? toTime(startedAt ?? now),
    containerStatuses: apps,
  };
};

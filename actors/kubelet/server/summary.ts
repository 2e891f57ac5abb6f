// /stats/summary: what the node and its pods use. What the runtime does not know (network, file systems of containers) is left
// out. Pure. upstream: staging/src/k8s.io/kubelet/pkg/apis/stats/v1alpha1/types.go
import { toTime } from "#lib/clock.ts";
import type { ContainerUse, PodUse, Usage } from "./usage.ts";

const sum = (containers: readonly ContainerUse[], of: (use: ContainerUse) => number): number =>
  containers.reduce((total, use) => total + of(use), 0);

const cpu = (time: string, cpuNanos: number | undefined) =>
  cpuNanos === undefined ? {} : { cpu: { time, usageCoreNanoSeconds: cpuNanos } };

const memory = (time: string, bytes: number) => ({ time, usageBytes: bytes, workingSetBytes: bytes, rssBytes: bytes });

const podStats = (time: string, { namespace, name, uid, startedAt, containers }: PodUse) => ({
  podRef: { name, namespace, uid },
  startTime: toTime(startedAt),
  containers: containers.map((use) => ({
    name: use.name,
    startTime: toTime(use.startedAt),
    ...cpu(time, use.cpuNanos),
    memory: memory(time, use.memoryBytes),
  })),
  ...cpu(
    time,
    sum(containers, ({ cpuNanos }) => cpuNanos),
  ),
  memory: memory(
    time,
    sum(containers, ({ memoryBytes }) => memoryBytes),
  ),
});

/** The summary. */
export const summaryOf = ({ node, now, machine, pods }: Usage) => {
  const time = toTime(now);
  const { memoryBytes, memoryAvailableBytes, diskBytes, diskAvailableBytes, cpuNanos } = machine;
  return {
    node: {
      nodeName: node,
      ...cpu(time, cpuNanos),
      memory: { availableBytes: memoryAvailableBytes, ...memory(time, memoryBytes - memoryAvailableBytes) },
      fs: { time, availableBytes: diskAvailableBytes, capacityBytes: diskBytes, usedBytes: diskBytes - diskAvailableBytes },
    },
    pods: pods.map((pod) => podStats(time, pod)),
  };
};

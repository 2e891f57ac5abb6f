// Where containers' logs lie. Pure. upstream: pkg/kubelet/kuberuntime/helpers.go BuildContainerLogsDirectory
import type { BoundPod } from "../pod/containers.ts";

/** The directory of all logs of a pod. */
export const podLogsDir = (logsDir: string, { metadata }: Pick<BoundPod, "metadata">): string =>
  `${logsDir}/${metadata.namespace ?? ""}_${metadata.name}_${metadata.uid}`;

/** The log file of one attempt of a container. */
export const logPathOf = (logsDir: string, pod: Pick<BoundPod, "metadata">, container: string, attempt: number): string =>
  `${podLogsDir(logsDir, pod)}/${container}/${attempt}.log`;

// What a pod's status says. upstream: pkg/api/v1/pod/util.go
import type { V1ContainerStatus, V1Pod, V1PodCondition } from "#api/generated/types.ts";
import { isSidecar } from "./pod-resources.ts";

/** The condition of this type, if the pod has it. */
export const podCondition = (pod: V1Pod, type: string): V1PodCondition | undefined =>
  pod.status?.conditions?.find((condition) => condition.type === type);

/** Whether the condition of this type is there and true. */
export const isConditionTrue = (pod: V1Pod, type: string): boolean => podCondition(pod, type)?.status === "True";

/** Ready to serve: the Ready condition is true. */
export const isPodReady = (pod: V1Pod): boolean => isConditionTrue(pod, "Ready");

/** Over: Succeeded or Failed, and never running again. */
export const isPodTerminal = (pod: V1Pod): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

/** Deletion has been asked for. */
export const isPodTerminating = (pod: V1Pod): boolean => pod.metadata?.deletionTimestamp !== undefined;

/** Neither over nor being deleted: it counts for its controller. upstream: controller.IsPodActive */
export const isPodActive = (pod: V1Pod): boolean => !isPodTerminal(pod) && !isPodTerminating(pod);

/** Ready, and has been for `minReadySeconds`. upstream: IsPodAvailable */
export const isPodAvailable = (pod: V1Pod, minReadySeconds: number, nowMs: number): boolean => {
  const ready = podCondition(pod, "Ready");
  if (ready?.status !== "True") return false;
  if (minReadySeconds === 0) return true;
  const sinceMs = Date.parse(ready.lastTransitionTime ?? "");
  return !Number.isNaN(sinceMs) && sinceMs + minReadySeconds * 1000 <= nowMs;
};

/** The status of a container by its name. */
export const containerStatus = (statuses: readonly V1ContainerStatus[] | undefined, name: string): V1ContainerStatus | undefined =>
  statuses?.find((status) => status.name === name);

/** The number of the pod's port that a Service's target names, of containers and sidecars; undefined if it has none. upstream: FindPort */
export const podPorts = (pod: V1Pod, target: number | string, protocol: string): number | undefined => {
  if (typeof target === "number") return target;
  const { containers: own, initContainers = [] } = pod.spec ?? { containers: [] };
  const containers = [...own, ...initContainers.filter(isSidecar)];
  const ports = containers.flatMap((container) => container.ports ?? []);
  return ports.find((port) => port.name === target && (port.protocol ?? "TCP") === protocol)?.containerPort;
};

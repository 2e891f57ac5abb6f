// What a pod's status says. upstream: pkg/api/v1/pod/util.go
import type { V1Pod, V1PodCondition } from "#api/generated/types.ts";

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

// What controllers look at in a pod. Pure. upstream: pkg/api/v1/pod/util.go, pkg/controller/controller_utils.go
import type { Pod } from "#api/core/v1/pod.ts";
import { isPodReady, isPodTerminal, isPodTerminating, podCondition } from "#api/core/v1/pod-status.ts";
import type { Stored } from "#api/meta/object.ts";

/** Neither ended nor being deleted. upstream: IsPodActive */
export const isActive = (pod: Stored<Pod>): boolean => !hasEnded(pod) && !isPodTerminating(pod);

/** Being deleted and not yet ended. upstream: IsPodTerminating in pkg/controller/controller_utils.go */
export const isTerminating = (pod: Stored<Pod>): boolean => !hasEnded(pod) && isPodTerminating(pod);

export const hasEnded: (pod: Pod) => boolean = isPodTerminal;

/** The node that the pod is bound to; empty while it is bound to none. */
export const nodeNameOf = ({ spec }: Pod): string => spec?.nodeName ?? "";

export const isReady: (pod: Pod) => boolean = isPodReady;

/** Since when the pod is ready, in milliseconds since the epoch; undefined when it is not. */
export const readySince = (pod: Pod): number | undefined => {
  const condition = podCondition(pod, "Ready");
  return condition?.status === "True" ? Date.parse(condition.lastTransitionTime ?? "") || 0 : undefined;
};

/** Ready for `minReadySeconds`. upstream: IsPodAvailable */
export const isAvailable = (pod: Pod, minReadySeconds: number, nowMs: number): boolean => {
  const since = readySince(pod);
  return since !== undefined && (minReadySeconds === 0 || since + minReadySeconds * 1000 <= nowMs);
};

/** Milliseconds until the first of these pods becomes available; undefined when none is on its way. */
export const nextAvailableInMs = (pods: readonly Pod[], minReadySeconds: number, nowMs: number): number | undefined => {
  const waits = pods.flatMap((pod) => {
    const since = readySince(pod);
    const wait = since === undefined ? 0 : since + minReadySeconds * 1000 - nowMs;
    return wait > 0 ? [wait] : [];
  });
  return waits.length === 0 ? undefined : Math.min(...waits);
};

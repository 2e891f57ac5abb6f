// What becomes of a pod on a node that is not ready, or that is tainted NoExecute. Pure.
// upstream: pkg/controller/tainteviction/taint_eviction.go, pkg/controller/util/node/controller_utils.go (MarkPodsNotReady)
import type { Node } from "#api/core/v1/node.ts";
import type { Pod } from "#api/core/v1/pod.ts";
import { tolerates, type Taint } from "#api/core/v1/taint.ts";
import type { Stored } from "#api/meta/object.ts";
import { isReady } from "../pods/pod-state.ts";
import { readyOf } from "./decide.ts";

export type ObservedPod = {
  readonly pod: Stored<Pod>;
  readonly node: Stored<Node>;
  /** When the node's NoExecute taints were first seen, for those that do not say since when they are there. */
  readonly taintedSince: number;
};
export type PodAction =
  | { readonly do: "unready"; readonly pod: Stored<Pod> }
  | { readonly do: "evict"; readonly pod: Stored<Pod> }
  | { readonly do: "requeue"; readonly afterMs: number };

/** The taints that drive pods away. */
export const noExecute = ({ spec }: Node): readonly Taint[] => (spec?.taints ?? []).filter(({ effect }) => effect === "NoExecute");

/** Until when the pod bears the taint, milliseconds since the epoch. The first toleration that matches counts. */
const bornUntil = ({ spec }: Pod, taint: Taint, seenAt: number): number => {
  const toleration = spec?.tolerations?.find((each) => tolerates(each, taint));
  if (toleration === undefined) return -Infinity;
  if (toleration.tolerationSeconds === undefined) return Infinity;
  const since = taint.timeAdded === undefined ? seenAt : Date.parse(taint.timeAdded);
  return since + Math.max(0, toleration.tolerationSeconds) * 1000;
};

/** What is to be done to the pod, now or after a while. */
export const decidePod = ({ pod, node, taintedSince }: ObservedPod, nowMs: number): readonly PodAction[] => {
  if (pod.metadata.deletionTimestamp !== undefined) return [];
  const isLost = (readyOf(node)?.status ?? "True") !== "True";
  const left = Math.min(...noExecute(node).map((taint) => bornUntil(pod, taint, taintedSince))) - nowMs;
  return [
    ...(isLost && isReady(pod) ? [{ do: "unready", pod } as const] : []),
    ...(left <= 0 ? [{ do: "evict", pod } as const] : []),
    ...(left > 0 && left < Infinity ? [{ do: "requeue", afterMs: left } as const] : []),
  ];
};

// Which pod a node that is short of memory ends first, and in what words. Pure.
// upstream: pkg/kubelet/eviction/helpers.go rankMemoryPressure, evictionMessage; eviction_manager.go Admit
import { podRequests } from "#api/core/v1/pod-resources.ts";
import { qosOf } from "#api/core/v1/pod-qos.ts";
import { tolerates } from "#api/core/v1/taint.ts";
import { canonicalQuantity, quantityOf, quantityValue } from "#api/meta/quantity.ts";
import type { BoundPod } from "../pod/containers.ts";
import type { Verdict } from "../pod/status.ts";
import { requestOf } from "../resources.ts";

/** A pod that runs, and what each of its containers uses, in bytes. */
export type Consumer = { readonly pod: BoundPod; readonly usage: ReadonlyMap<string, number> };

/** The node's memory in bytes: below the threshold the node is under pressure. */
export type Memory = { readonly available: number; readonly threshold: number };

/** upstream: pkg/apis/scheduling/types.go SystemCriticalPriority */
const CRITICAL = 2_000_000_000;
/** upstream: immediateEvictionGracePeriodSeconds */
const GRACE_MS = 1_000;

const bytes = (count: number): string => canonicalQuantity(quantityOf(Math.floor(count), "BinarySI"));

const isCritical = ({ spec }: BoundPod): boolean => (spec.priority ?? 0) >= CRITICAL;

const excessOf = ({ pod, usage }: Consumer): number => {
  const used = usage.values().reduce((sum, each) => sum + each, 0);
  return used - quantityValue(podRequests(pod.spec)["memory"] ?? "0");
};

/** Pods that use more than they asked for come first, then the less important, then those that use the most beyond it. */
const byRank = (a: Consumer, b: Consumer): number => {
  const [first, second] = [excessOf(a), excessOf(b)];
  return Number(second > 0) - Number(first > 0) || (a.pod.spec.priority ?? 0) - (b.pod.spec.priority ?? 0) || second - first;
};

const messageOf = ({ pod, usage }: Consumer, { available, threshold }: Memory): string => {
  const large = pod.spec.containers.flatMap((container) => {
    const request = requestOf(container, "memory") ?? "0";
    const used = usage.get(container.name) ?? 0;
    const said = `Container ${container.name} was using ${bytes(used)}, request is ${request}, has larger consumption of memory. `;
    return used > quantityValue(request) ? [said] : [];
  });
  const low = `The node was low on resource: memory. Threshold quantity: ${bytes(threshold)}, available: ${bytes(available)}. `;
  return [low, ...large].join("");
};

/** True when memory is to be reclaimed. */
export const isShort = ({ available, threshold }: Memory): boolean => available < threshold;

/** The pod to end now; undefined: none may be. */
export const evictionOf = (
  consumers: readonly Consumer[],
  memory: Memory,
): { readonly pod: BoundPod; readonly verdict: Verdict } | undefined => {
  const [first] = consumers.filter(({ pod }) => !isCritical(pod)).toSorted(byRank);
  if (first === undefined) return undefined;
  return { pod: first.pod, verdict: { reason: "Evicted", message: messageOf(first, memory), evictionGraceMs: GRACE_MS } };
};

const PRESSURE = { key: "node.kubernetes.io/memory-pressure", effect: "NoSchedule" };

/** Why a node under memory pressure does not take a pod; undefined: it does. */
export const pressureVerdict = (pod: BoundPod): Verdict | undefined => {
  if (isCritical(pod) || qosOf(pod) !== "BestEffort") return undefined;
  if (pod.spec.tolerations?.some((toleration) => tolerates(toleration, PRESSURE)) === true) return undefined;
  return { reason: "Evicted", message: "The node had condition: [MemoryPressure]. " };
};

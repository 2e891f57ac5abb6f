// What a node's silence and conditions mean: conditions that are no longer known, and taints. Pure.
// upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go
//
// C1 silence is measured by our clock, from the last change that we saw: a node's clock may be wrong. C2 while no node is
// ready, none gets a NoExecute taint: it is then more likely that we are cut off than that all nodes are.
import type { Node } from "#api/core/v1/node.ts";
import type { Taint } from "#api/core/v1/taint.ts";
import type { Stored } from "#api/meta/object.ts";
import { toTime } from "#lib/clock.ts";

export type Condition = NonNullable<NonNullable<Node["status"]>["conditions"]>[number];
export type Grace = {
  /** How long a node may be silent, milliseconds. */
  readonly silentMs: number;
  /** How long a node that has never said anything may be silent, milliseconds. */
  readonly startupMs: number;
};
export type Observed = {
  readonly node: Stored<Node>;
  /** When the node was last seen to renew its lease or its status, milliseconds since the epoch. */
  readonly heardAt: number;
  /** Whether any node of the cluster is ready. */
  readonly anyReady: boolean;
};
export type Action =
  | { readonly do: "doubt"; readonly node: Stored<Node>; readonly conditions: readonly Condition[] }
  | { readonly do: "taint"; readonly node: Stored<Node>; readonly taints: readonly Taint[] }
  | { readonly do: "requeue"; readonly afterMs: number };

/** What the kubelet alone can tell. */
const KUBELETS = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];
const NOT_READY = "node.kubernetes.io/not-ready";
const UNREACHABLE = "node.kubernetes.io/unreachable";
const CORDONED = "node.kubernetes.io/unschedulable";
const PRESSURES: readonly (readonly [string, string])[] = [
  ["MemoryPressure", "node.kubernetes.io/memory-pressure"],
  ["DiskPressure", "node.kubernetes.io/disk-pressure"],
  ["PIDPressure", "node.kubernetes.io/pid-pressure"],
  ["NetworkUnavailable", "node.kubernetes.io/network-unavailable"],
];
const OURS = new Set([NOT_READY, UNREACHABLE, CORDONED, ...PRESSURES.map(([, key]) => key)]);

/** The node's Ready condition. */
export const readyOf = ({ status }: Node): Condition | undefined => status?.conditions?.find(({ type }) => type === "Ready");

const never = (node: Stored<Node>, type: string, now: string): Condition => ({
  type,
  status: "Unknown",
  reason: "NodeStatusNeverUpdated",
  message: "Kubelet never posted node status.",
  lastHeartbeatTime: node.metadata.creationTimestamp,
  lastTransitionTime: now,
});

const unknown = (condition: Condition, now: string): Condition => ({
  ...condition,
  status: "Unknown",
  reason: "NodeStatusUnknown",
  message: "Kubelet stopped posting node status.",
  lastTransitionTime: now,
});

const doubted = (node: Stored<Node>, now: string): readonly Condition[] => {
  const conditions = node.status?.conditions ?? [];
  const missing = KUBELETS.filter((wanted) => !conditions.some(({ type }) => type === wanted));
  const known = (condition: Condition): boolean => !KUBELETS.includes(condition.type) || condition.status === "Unknown";
  return [
    ...conditions.map((condition) => (known(condition) ? condition : unknown(condition, now))),
    ...missing.map((type) => never(node, type, now)),
  ];
};

const ofReadiness = (ready: string | undefined): string | undefined =>
  ready === "False" ? NOT_READY : ready === "Unknown" ? UNREACHABLE : undefined;

/** The taints that the node's state asks for, were they added now. */
const wantedTaints = ({ node, anyReady }: Observed, timeAdded: string): readonly Taint[] => {
  const ready = readyOf(node);
  // A node that nothing is known of keeps the taint that it was registered with.
  const key = ready === undefined ? NOT_READY : ofReadiness(ready.status);
  const pressed = (type: string): boolean => node.status?.conditions?.some((each) => each.type === type && each.status === "True") === true;
  const pressures = PRESSURES.filter(([type]) => pressed(type)).map(([, pressure]): Taint => ({
    key: pressure,
    effect: "NoSchedule",
    timeAdded,
  }));
  return [
    ...(key === undefined ? [] : [{ key, effect: "NoSchedule", timeAdded }]),
    ...(key === undefined || ready === undefined || !anyReady ? [] : [{ key, effect: "NoExecute", timeAdded }]),
    ...pressures,
    ...(node.spec?.unschedulable === true ? [{ key: CORDONED, effect: "NoSchedule", timeAdded }] : []),
  ];
};

const isSame = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect;

const retainted = (observed: Observed, now: string): readonly Action[] => {
  const { node } = observed;
  const taints = node.spec?.taints ?? [];
  const wanted = wantedTaints(observed, now);
  const kept = taints.filter((taint) => !OURS.has(taint.key) || wanted.some((each) => isSame(each, taint)));
  const added = wanted.filter((taint) => !taints.some((each) => isSame(each, taint)));
  if (added.length === 0 && kept.length === taints.length) return [];
  return [{ do: "taint", node, taints: [...kept, ...added] }];
};

/** What is to be written of a node, and when it is to be looked at again. Taints follow once the conditions are there. */
export const decide = (observed: Observed, nowMs: number, grace: Grace): readonly Action[] => {
  const { node, heardAt } = observed;
  const ready = readyOf(node);
  const now = toTime(nowMs);
  const left = heardAt + (ready === undefined ? grace.startupMs : grace.silentMs) - nowMs;
  const isDoubtful = left <= 0 && ready?.status !== "Unknown";
  if (isDoubtful) return [{ do: "doubt", node, conditions: doubted(node, now) }];
  return [...retainted(observed, now), ...(left > 0 ? [{ do: "requeue", afterMs: left } as const] : [])];
};

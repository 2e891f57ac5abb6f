// Which pods go first when there are too many. Pure. upstream: ActivePodsWithRanks.Less in pkg/controller/controller_utils.go
import type { Pod } from "#api/core/v1/pod.ts";
import type { Stored } from "#api/meta/object.ts";
import { isReady, readySince } from "./pod-state.ts";

const PHASES: { readonly [phase: string]: number } = { Pending: 0, Unknown: 1, Running: 2 };
const COST = "controller.kubernetes.io/pod-deletion-cost";

const unassigned = ({ spec }: Pod): number => ((spec?.nodeName ?? "") === "" ? 0 : 1);
const phase = ({ status }: Pod): number => PHASES[status?.phase ?? "Pending"] ?? 0;
const readiness = (pod: Pod): number => (isReady(pod) ? 1 : 0);
const cost = ({ metadata }: Pod): number => {
  const text = metadata?.annotations?.[COST] ?? "0";
  return /^-?\d+$/.test(text) ? Number(text) : 0;
};
const restarts = ({ status }: Pod): number => Math.max(0, ...(status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
/** How long ago, in powers of two, so that small differences do not decide. */
const age = (atMs: number | undefined, nowMs: number): number =>
  atMs === undefined || nowMs - atMs <= 0 ? -1 : Math.floor(Math.log2((nowMs - atMs) / 1000 + 1));
const created = ({ metadata }: Stored<Pod>): number => Date.parse(metadata.creationTimestamp);

/** Pods in the order in which to delete them. `crowd` is how many pods of the owner are on a pod's node. */
export const byDeletion = (pods: readonly Stored<Pod>[], crowd: (pod: Stored<Pod>) => number, nowMs: number): readonly Stored<Pod>[] => {
  const keys = (pod: Stored<Pod>): readonly number[] => [
    unassigned(pod),
    phase(pod),
    readiness(pod),
    cost(pod),
    -crowd(pod),
    isReady(pod) ? age(readySince(pod), nowMs) : 0,
    -restarts(pod),
    age(created(pod), nowMs),
  ];
  const ranked = pods.map((pod) => ({ pod, keys: keys(pod) }));
  const compare = (a: (typeof ranked)[number], b: (typeof ranked)[number]): number => {
    const at = a.keys.findIndex((key, index) => key !== b.keys[index]);
    return at < 0 ? (a.pod.metadata.uid < b.pod.metadata.uid ? -1 : 1) : (a.keys[at] ?? 0) - (b.keys[at] ?? 0);
  };
  return ranked.toSorted(compare).map(({ pod }) => pod);
};

/** Counts an owner's pods on each node. */
export const crowdOf = (pods: readonly Pod[]): ((pod: Pod) => number) => {
  const counts = new Map<string, number>();
  for (const { spec } of pods) if (spec?.nodeName !== undefined) counts.set(spec.nodeName, (counts.get(spec.nodeName) ?? 0) + 1);
  return ({ spec }) => counts.get(spec?.nodeName ?? "") ?? 0;
};

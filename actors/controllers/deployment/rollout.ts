// The next step of a rollout: which ReplicaSets change size. Pure: sizes in, sizes out. Every step keeps the bounds: never
// more than replicas + maxSurge pods wanted, never fewer than replicas - maxUnavailable available by our doing.
// upstream: pkg/controller/deployment/rolling.go, recreate.go, sync.go (scale)
import type { Deployment } from "#api/apps/v1/deployment.ts";
import type { ReplicaSet } from "#api/apps/v1/replica-set.ts";
import type { Stored } from "#api/meta/object.ts";
import { fenceposts, shareOut } from "./replica-counts.ts";
import { DESIRED, MAX, sizeOf, total, type Sets } from "./replica-sets.ts";

/** Sizes that sets should have, by name; a set that is not in it stays as it is. */
export type Sizes = ReadonlyMap<string, number>;

const NONE: Sizes = new Map();

const available = ({ status }: Stored<ReplicaSet>): number => status?.availableReplicas ?? 0;
const oldestFirst = (sets: readonly Stored<ReplicaSet>[]): readonly Stored<ReplicaSet>[] =>
  sets.toSorted((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1));
const isRolling = ({ spec }: Deployment): boolean => spec?.strategy?.type !== "Recreate";

/** The rollout's bounds. A Deployment that is recreated has none. */
export const boundsOf = (deployment: Stored<Deployment>): { readonly surge: number; readonly unavailable: number } => {
  const { rollingUpdate } = deployment.spec?.strategy ?? {};
  return isRolling(deployment)
    ? fenceposts(rollingUpdate?.maxSurge ?? "25%", rollingUpdate?.maxUnavailable ?? "25%", sizeOf(deployment))
    : { surge: 0, unavailable: 0 };
};

/** Pods that may be wanted at most. */
export const maxPods = (deployment: Stored<Deployment>): number => sizeOf(deployment) + boundsOf(deployment).surge;

/** The size of the new set in the next step. upstream: NewRSNewReplicas */
export const newSize = (deployment: Stored<Deployment>, sets: Sets): number => {
  const wanted = sizeOf(deployment);
  const now = sets.newSet === undefined ? 0 : sizeOf(sets.newSet);
  if (!isRolling(deployment) || now > wanted) return wanted;
  const room = maxPods(deployment) - now - total(sets.oldSets, sizeOf);
  return room <= 0 ? now : now + Math.min(room, wanted - now);
};

/** Takes `most` pods from these sets, at most `of(set)` from each. */
const takeFrom = (
  sets: readonly Stored<ReplicaSet>[],
  sizes: ReadonlyMap<string, number>,
  most: number,
  of: (set: Stored<ReplicaSet>, size: number) => number,
): Map<string, number> => {
  const result = new Map<string, number>();
  let left = most;
  for (const set of oldestFirst(sets)) {
    const size = sizes.get(set.metadata.name) ?? sizeOf(set);
    const take = Math.min(left, size, Math.max(0, of(set, size)));
    if (take <= 0) continue;
    result.set(set.metadata.name, size - take);
    left -= take;
  }
  return result;
};

/** Shrinks old sets: first by what is not healthy, then by what availability allows. upstream: reconcileOldReplicaSets */
const shrinkOld = (deployment: Stored<Deployment>, { newSet, oldSets }: Sets): Sizes => {
  const all = newSet === undefined ? oldSets : [newSet, ...oldSets];
  const least = sizeOf(deployment) - boundsOf(deployment).unavailable;
  const newNotReady = newSet === undefined ? 0 : sizeOf(newSet) - available(newSet);
  const most = total(all, sizeOf) - least - newNotReady;
  if (total(oldSets, sizeOf) === 0 || most <= 0) return NONE;
  const cleaned = takeFrom(oldSets, NONE, most, (set, size) => size - available(set));
  const spare = total(all, available) - least;
  const shrunk = spare <= 0 ? NONE : takeFrom(oldSets, cleaned, spare, (_, size) => size);
  return new Map([...cleaned, ...shrunk]);
};

const zeroed = (sets: readonly Stored<ReplicaSet>[]): Sizes =>
  new Map(sets.filter((set) => sizeOf(set) > 0).map((set) => [set.metadata.name, 0]));

const rolling = (deployment: Stored<Deployment>, sets: Sets): Sizes => {
  const { newSet } = sets;
  const size = newSize(deployment, sets);
  if (newSet !== undefined && size !== sizeOf(newSet)) return new Map([[newSet.metadata.name, size]]);
  return shrinkOld(deployment, sets);
};

const recreate = (deployment: Stored<Deployment>, { newSet, oldSets }: Sets, oldPodsRun: boolean): Sizes => {
  const old = zeroed(oldSets);
  if (old.size > 0) return old;
  const wanted = sizeOf(deployment);
  return newSet === undefined || oldPodsRun || sizeOf(newSet) === wanted ? NONE : new Map([[newSet.metadata.name, wanted]]);
};

/** The Deployment's own size changed since its sets were last sized. upstream: isScalingEvent */
export const isScaling = (deployment: Stored<Deployment>, { newSet, oldSets }: Sets): boolean =>
  [...(newSet === undefined ? [] : [newSet]), ...oldSets].some((set) => {
    const desired = set.metadata.annotations?.[DESIRED];
    return sizeOf(set) > 0 && desired !== undefined && Number(desired) !== sizeOf(deployment);
  });

const isSaturated = (deployment: Stored<Deployment>, set: Stored<ReplicaSet> | undefined): boolean => {
  const wanted = sizeOf(deployment);
  return set !== undefined && sizeOf(set) === wanted && available(set) === wanted && set.metadata.annotations?.[DESIRED] === String(wanted);
};

const shared = (deployment: Stored<Deployment>, active: readonly Stored<ReplicaSet>[]): Sizes => {
  const allowed = sizeOf(deployment) > 0 ? maxPods(deployment) : 0;
  const sized = active.map((set) => ({
    name: set.metadata.name,
    replicas: sizeOf(set),
    createdAt: set.metadata.creationTimestamp,
    maxReplicas: Number(set.metadata.annotations?.[MAX] ?? 0) || undefined,
  }));
  return shareOut(sized, allowed - total(active, sizeOf), allowed);
};

/** New sizes after the Deployment's size changed: of the only set, or shared out among those that have pods. upstream: scale */
export const rescale = (deployment: Stored<Deployment>, { newSet, oldSets }: Sets): Sizes => {
  const all = newSet === undefined ? oldSets : [newSet, ...oldSets];
  const active = all.filter((set) => sizeOf(set) > 0);
  const [only = newSet ?? oldestFirst(oldSets).at(-1), ...others] = active;
  if (others.length > 0 && isSaturated(deployment, newSet)) return zeroed(oldSets);
  if (others.length > 0) return isRolling(deployment) ? shared(deployment, active) : NONE;
  return only === undefined || sizeOf(only) === sizeOf(deployment) ? NONE : new Map([[only.metadata.name, sizeOf(deployment)]]);
};

/** The sizes after the next step. `oldPodsRun`: pods of old sets still run, which a Recreate waits for. */
export const step = (deployment: Stored<Deployment>, sets: Sets, oldPodsRun: boolean): Sizes => {
  if (deployment.spec?.paused === true || isScaling(deployment, sets)) return rescale(deployment, sets);
  return isRolling(deployment) ? rolling(deployment, sets) : recreate(deployment, sets, oldPodsRun);
};

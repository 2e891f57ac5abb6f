// How many pods a ReplicaSet, or a ReplicationController, creates and deletes, and its status. Pure.
// upstream: pkg/controller/replicaset/replica_set.go
import type { V1PodTemplateSpec, V1ReplicaSetCondition, V1ReplicaSetStatus } from "#api/generated/types.ts";
import type { Pod } from "#api/core/v1/pod.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Stored } from "#api/meta/object.ts";
import { matches, selectorOfLabels, type Selector } from "#api/meta/selector.ts";
import type { Requeue } from "#lib/controller.ts";
import { claim } from "../pods/claim.ts";
import { isActive, isAvailable, isReady, isTerminating, nextAvailableInMs } from "../pods/pod-state.ts";
import { byDeletion, crowdOf } from "../pods/rank.ts";

/** What ReplicaSets and ReplicationControllers have in common. */
export type ReplicaOwner = Stored & {
  readonly spec?:
    | {
        readonly replicas?: number | undefined;
        readonly minReadySeconds?: number | undefined;
        readonly template?: V1PodTemplateSpec | undefined;
      }
    | undefined;
  readonly status?: V1ReplicaSetStatus | undefined;
};

/**
 * `related` are the pods on the nodes of the owner's Deployment, for ranking. `failure` is the last write's.
 * `tellsTerminating`: the owner's kind has `status.terminatingReplicas`.
 */
export type Observed = {
  readonly owner: ReplicaOwner;
  readonly selector: Selector;
  readonly pods: readonly Stored<Pod>[];
  readonly related: readonly Stored<Pod>[];
  readonly failure: Failure | undefined;
  readonly tellsTerminating: boolean;
};

/** Why the last round could not do what it wanted. */
export type Failure = { readonly reason: "FailedCreate" | "FailedDelete"; readonly message: string; readonly at: string };

export type Action =
  | { readonly do: "create"; readonly owner: ReplicaOwner }
  | { readonly do: "delete"; readonly owner: ReplicaOwner; readonly pod: Stored<Pod> }
  | { readonly do: "adopt"; readonly owner: ReplicaOwner; readonly pod: Stored<Pod> }
  | { readonly do: "release"; readonly owner: ReplicaOwner; readonly pod: Stored<Pod> }
  | { readonly do: "report"; readonly owner: ReplicaOwner; readonly status: V1ReplicaSetStatus };

/** The condition that says why there are not as many pods as wanted. */
export const REPLICA_FAILURE = "ReplicaFailure";

type Resizing = Action & { readonly do: "create" | "delete" };

/** Most pods made or deleted in one round. upstream: BurstReplicas */
const BURST = 500;

const failureCondition = (failure: Failure | undefined): readonly V1ReplicaSetCondition[] =>
  failure === undefined
    ? []
    : [{ type: REPLICA_FAILURE, status: "True", reason: failure.reason, message: failure.message, lastTransitionTime: failure.at }];

const conditionsOf = (owner: ReplicaOwner, failure: Failure | undefined): readonly V1ReplicaSetCondition[] => {
  const before = owner.status?.conditions ?? [];
  const kept = before.filter(({ type }) => type !== REPLICA_FAILURE);
  const same = before.find(({ type, reason }) => type === REPLICA_FAILURE && reason === failure?.reason);
  return [...kept, ...(same === undefined ? failureCondition(failure) : [same])];
};

/** The status that these pods make. Counts of zero are left out where upstream's JSON leaves them out. upstream: calculateStatus */
const statusOf = (
  { owner, tellsTerminating }: Observed,
  pods: readonly Stored<Pod>[],
  failure: Failure | undefined,
  nowMs: number,
): V1ReplicaSetStatus => {
  const active = pods.filter(isActive);
  const labels = selectorOfLabels(owner.spec?.template?.metadata?.labels ?? {});
  const minReadySeconds = owner.spec?.minReadySeconds ?? 0;
  const conditions = conditionsOf(owner, failure);
  const counts = {
    fullyLabeledReplicas: active.filter(({ metadata }) => matches(labels, metadata.labels)).length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: active.filter((pod) => isAvailable(pod, minReadySeconds, nowMs)).length,
  };
  return {
    replicas: active.length,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    ...(tellsTerminating ? { terminatingReplicas: pods.filter(isTerminating).length } : {}),
    observedGeneration: owner.metadata.generation ?? 0,
    ...(conditions.length === 0 ? {} : { conditions }),
  };
};

const COUNTS = ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration"] as const;

const differs = (a: V1ReplicaSetStatus | undefined, b: V1ReplicaSetStatus): boolean =>
  COUNTS.some((name) => (a?.[name] ?? 0) !== (b[name] ?? 0)) ||
  a?.terminatingReplicas !== b.terminatingReplicas ||
  !deepEqual(a?.conditions ?? [], b.conditions ?? []);

const resize = ({ owner, related }: Observed, active: readonly Stored<Pod>[], nowMs: number): readonly Resizing[] => {
  const missing = (owner.spec?.replicas ?? 1) - active.length;
  if (missing > 0) return Array.from({ length: Math.min(missing, BURST) }, () => ({ do: "create", owner }));
  const surplus = byDeletion(active, crowdOf(related.filter(isActive)), nowMs).slice(0, Math.min(-missing, BURST));
  return surplus.map((pod) => ({ do: "delete", owner, pod }));
};

const FAILS = { create: "FailedCreate", delete: "FailedDelete" } as const;

/** A failure is over when what failed is not wanted any more. */
const standing = (failure: Failure | undefined, sized: readonly Resizing[]): Failure | undefined =>
  sized.some((action) => FAILS[action.do] === failure?.reason) ? failure : undefined;

/** What to do so that `spec.replicas` pods live. An owner that is being deleted only reports. */
export const decide = (observed: Observed, nowMs: number): readonly (Action | Requeue)[] => {
  const { owner, selector, pods } = observed;
  const { owned, adopt, release } = claim(owner, selector, pods);
  const all = [...owned, ...adopt];
  const active = all.filter(isActive);
  const wait = nextAvailableInMs(active, owner.spec?.minReadySeconds ?? 0, nowMs);
  const sized = owner.metadata.deletionTimestamp === undefined ? resize(observed, active, nowMs) : [];
  const failure = standing(observed.failure, sized);
  const status = statusOf(observed, all, failure, nowMs);
  const report = differs(owner.status, status) ? [{ do: "report", owner, status } as const] : [];
  return [
    ...adopt.map((pod) => ({ do: "adopt", owner, pod }) as const),
    ...release.map((pod) => ({ do: "release", owner, pod }) as const),
    ...(failure === undefined ? [...sized, ...report] : [...report, ...sized]), // a failure is told before it is met again
    ...(wait === undefined ? [] : [{ do: "requeue", afterMs: wait } as const]),
  ];
};

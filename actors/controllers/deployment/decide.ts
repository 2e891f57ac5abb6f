// What a Deployment does next: adopt and release ReplicaSets, make the new one, change sizes, forget old revisions, report.
// Pure. upstream: pkg/controller/deployment/deployment_controller.go (syncDeployment)
import type { Deployment } from "#api/apps/v1/deployment.ts";
import type { ReplicaSet } from "#api/apps/v1/replica-set.ts";
import type { V1DeploymentStatus } from "#api/generated/types.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Stored } from "#api/meta/object.ts";
import { selectorOf } from "#api/meta/selector.ts";
import type { Requeue } from "#lib/controller.ts";
import { claim } from "../pods/claim.ts";
import { annotationsFor, newReplicaSet, REVISION, revisionOf, setsOf, sizeOf, type Sets } from "./replica-sets.ts";
import { maxPods, newSize, step } from "./rollout.ts";
import { deadlineOf, statusOf } from "./status.ts";

/** `podsOf` counts the pods of a ReplicaSet that have not ended. */
export type Observed = {
  readonly deployment: Stored<Deployment>;
  readonly sets: readonly Stored<ReplicaSet>[];
  readonly podsOf: (uid: string) => number;
};

type Annotations = { readonly [key: string]: string };

export type Action =
  | { readonly do: "adopt" | "release"; readonly deployment: Stored<Deployment>; readonly set: Stored<ReplicaSet> }
  | { readonly do: "create"; readonly deployment: Stored<Deployment>; readonly set: ReplicaSet }
  | {
      readonly do: "resize";
      readonly deployment: Stored<Deployment>;
      readonly set: Stored<ReplicaSet>;
      readonly replicas: number;
      readonly annotations: Annotations;
    }
  | {
      readonly do: "annotate";
      readonly deployment: Stored<Deployment>;
      readonly set: Stored<ReplicaSet>;
      readonly annotations: Annotations;
    }
  | { readonly do: "delete"; readonly deployment: Stored<Deployment>; readonly set: Stored<ReplicaSet> }
  | { readonly do: "revise"; readonly deployment: Stored<Deployment>; readonly revision: string }
  | { readonly do: "report"; readonly deployment: Stored<Deployment>; readonly status: V1DeploymentStatus };

const createNew = (deployment: Stored<Deployment>, sets: Sets, oldPodsRun: boolean): readonly Action[] => {
  const recreate = deployment.spec?.strategy?.type === "Recreate";
  const waits = recreate && (oldPodsRun || sets.oldSets.some((set) => sizeOf(set) > 0));
  if (deployment.spec?.paused === true || waits) return [];
  const revision = Math.max(0, ...sets.oldSets.map(revisionOf)) + 1;
  const annotations = annotationsFor(deployment, { revision, max: maxPods(deployment) });
  return [{ do: "create", deployment, set: newReplicaSet(deployment, { replicas: newSize(deployment, sets), annotations }) }];
};

/** The new set carries the newest revision; the Deployment repeats it. */
const revise = (deployment: Stored<Deployment>, { newSet, oldSets }: Sets): readonly Action[] => {
  if (newSet === undefined) return [];
  const revision = Math.max(revisionOf(newSet), Math.max(0, ...oldSets.map(revisionOf)) + 1);
  const annotations = annotationsFor(deployment, { revision, max: maxPods(deployment), set: newSet });
  const told = deployment.metadata.annotations?.[REVISION] === String(revision);
  return [
    ...(deepEqual(annotations, newSet.metadata.annotations ?? {})
      ? []
      : [{ do: "annotate", deployment, set: newSet, annotations } as const]),
    ...(told ? [] : [{ do: "revise", deployment, revision: String(revision) } as const]),
  ];
};

type Resize = Extract<Action, { do: "resize" }>;

const resize = (deployment: Stored<Deployment>, sets: Sets, oldPodsRun: boolean): readonly Resize[] => {
  const sizes = step(deployment, sets, oldPodsRun);
  const all = sets.newSet === undefined ? sets.oldSets : [sets.newSet, ...sets.oldSets];
  return all.flatMap((set): readonly Resize[] => {
    const replicas = sizes.get(set.metadata.name);
    if (replicas === undefined) return [];
    const annotations = annotationsFor(deployment, { revision: revisionOf(set), max: maxPods(deployment), set });
    return replicas === sizeOf(set) && deepEqual(annotations, set.metadata.annotations ?? {})
      ? []
      : [{ do: "resize", deployment, set, replicas, annotations }];
  });
};

/** Old revisions beyond the limit, oldest first, once nothing of them runs. upstream: cleanupDeployment */
const forget = (deployment: Stored<Deployment>, oldSets: readonly Stored<ReplicaSet>[]): readonly Action[] => {
  const limit = deployment.spec?.revisionHistoryLimit ?? 10;
  const idle = oldSets.filter(
    ({ metadata, spec, status }) =>
      spec?.replicas === 0 &&
      (status?.replicas ?? 0) === 0 &&
      (metadata.generation ?? 0) <= (status?.observedGeneration ?? 0) &&
      metadata.deletionTimestamp === undefined,
  );
  const surplus = idle.length - limit;
  return surplus <= 0
    ? []
    : idle
        .toSorted((a, b) => revisionOf(a) - revisionOf(b))
        .slice(0, surplus)
        .map((set) => ({ do: "delete", deployment, set }));
};

const isSettled = (deployment: Stored<Deployment>, { newSet }: Sets): boolean =>
  newSet !== undefined && sizeOf(newSet) === sizeOf(deployment) && newSet.status?.availableReplicas === sizeOf(deployment);

const change = (deployment: Stored<Deployment>, sets: Sets, oldPodsRun: boolean): readonly Action[] => {
  if (deployment.metadata.deletionTimestamp !== undefined) return [];
  if (sets.newSet === undefined) {
    const created = createNew(deployment, sets, oldPodsRun);
    return created.length > 0 ? created : resize(deployment, sets, oldPodsRun);
  }
  const sizes = resize(deployment, sets, oldPodsRun);
  const resized = new Set(sizes.map(({ set }) => set.metadata.name));
  const revised = revise(deployment, sets).filter((action) => action.do !== "annotate" || !resized.has(action.set.metadata.name));
  return [...revised, ...sizes, ...(isSettled(deployment, sets) ? forget(deployment, sets.oldSets) : [])];
};

/** The next step of the Deployment. */
export const decide = ({ deployment, sets: candidates, podsOf }: Observed, nowMs: number): readonly (Action | Requeue)[] => {
  const { owned, adopt, release } = claim(deployment, selectorOf(deployment.spec?.selector), candidates);
  const sets = setsOf(deployment, [...owned, ...adopt]);
  const oldPodsRun = sets.oldSets.some(({ metadata }) => podsOf(metadata.uid) > 0);
  const status = statusOf(deployment, sets, nowMs);
  const deadline = deadlineOf({ ...deployment, status });
  const changed = adopt.length > 0 ? [] : change(deployment, sets, oldPodsRun);
  const reports = !deepEqual(status, deployment.status) && !changed.some((action) => action.do === "revise"); // one write of an object at a time
  return [
    ...adopt.map((set) => ({ do: "adopt", deployment, set }) as const),
    ...release.map((set) => ({ do: "release", deployment, set }) as const),
    ...changed,
    ...(reports ? [{ do: "report", deployment, status } as const] : []),
    ...(deadline === undefined ? [] : [{ do: "requeue", afterMs: Math.max(1_000, deadline - nowMs) } as const]),
  ];
};

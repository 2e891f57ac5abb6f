// A Deployment's status and conditions. Pure. upstream: pkg/controller/deployment/progress.go, sync.go (calculateStatus)
import type { Deployment } from "#api/apps/v1/deployment.ts";
import type { V1DeploymentCondition, V1DeploymentStatus } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import { toTime } from "#lib/clock.ts";
import { boundsOf } from "./rollout.ts";
import { sizeOf, total, type Sets } from "./replica-sets.ts";

type Condition = V1DeploymentCondition;
type Word = Pick<Condition, "type" | "status" | "reason" | "message">;

const conditionOf = (status: V1DeploymentStatus | undefined, type: string): Condition | undefined =>
  status?.conditions?.find((condition) => condition.type === type);

/** The condition with its instants: the transition only when the status changes, the update when anything does. */
const timed = (word: Word, before: Condition | undefined, nowMs: number): Condition => {
  const now = toTime(nowMs);
  const same = before?.status === word.status && before.reason === word.reason;
  if (same && before.message === word.message) return before;
  return { ...word, lastUpdateTime: now, lastTransitionTime: before?.status === word.status ? before.lastTransitionTime : now };
};

const availability = (deployment: Stored<Deployment>, available: number): Word =>
  available >= sizeOf(deployment) - boundsOf(deployment).unavailable
    ? { type: "Available", status: "True", reason: "MinimumReplicasAvailable", message: "Deployment has minimum availability." }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };

const isComplete = (deployment: Stored<Deployment>, status: V1DeploymentStatus): boolean => {
  const wanted = sizeOf(deployment);
  return [status.updatedReplicas, status.replicas, status.availableReplicas].every((count) => (count ?? 0) === wanted);
};

const hasProgressed = (before: V1DeploymentStatus | undefined, now: V1DeploymentStatus): boolean => {
  const count = (
    status: V1DeploymentStatus | undefined,
    name: "replicas" | "updatedReplicas" | "readyReplicas" | "availableReplicas",
  ): number => status?.[name] ?? 0;
  const old = (status: V1DeploymentStatus | undefined): number => count(status, "replicas") - count(status, "updatedReplicas");
  return (
    old(now) < old(before) ||
    (["updatedReplicas", "readyReplicas", "availableReplicas"] as const).some((name) => count(now, name) > count(before, name))
  );
};

/** When the rollout has taken too long, in milliseconds since the epoch; undefined when it cannot. */
export const deadlineOf = ({ spec, status }: Stored<Deployment>): number | undefined => {
  const condition = conditionOf(status, "Progressing");
  const seconds = spec?.progressDeadlineSeconds;
  if (seconds === undefined || seconds >= 2 ** 31 - 1 || condition?.lastUpdateTime === undefined) return undefined;
  if (condition.reason === "NewReplicaSetAvailable" || condition.reason === "ProgressDeadlineExceeded" || condition.status === "Unknown")
    return undefined;
  return Date.parse(condition.lastUpdateTime) + seconds * 1000;
};

const progressing = (status: string, reason: string, message: string): Word => ({ type: "Progressing", status, reason, message });

/** A paused Deployment makes no progress, and none is expected of it. */
const pausing = ({ spec }: Stored<Deployment>, before: Condition | undefined): Word | undefined => {
  if (spec?.paused === true) return progressing("Unknown", "DeploymentPaused", "Deployment is paused");
  return before?.reason === "DeploymentPaused" ? progressing("Unknown", "DeploymentResumed", "Deployment is resumed") : undefined;
};

const moving = (
  deployment: Stored<Deployment>,
  status: V1DeploymentStatus,
  before: Condition,
  set: string,
): Word | ((nowMs: number) => Word) => {
  const isNewStart = before.reason === "NewReplicaSetAvailable" || before.reason === "DeploymentResumed";
  if (isNewStart || hasProgressed(deployment.status, status))
    return progressing("True", "ReplicaSetUpdated", `ReplicaSet "${set}" is progressing.`);
  const deadline = deadlineOf(deployment);
  return (nowMs) =>
    deadline !== undefined && nowMs >= deadline
      ? progressing("False", "ProgressDeadlineExceeded", `ReplicaSet "${set}" has timed out progressing.`)
      : before;
};

const progress = (deployment: Stored<Deployment>, status: V1DeploymentStatus, { newSet }: Sets, nowMs: number): Word | undefined => {
  const before = conditionOf(deployment.status, "Progressing");
  const pause = pausing(deployment, before);
  if (pause !== undefined || newSet === undefined) return pause ?? before;
  const { name } = newSet.metadata;
  if (isComplete(deployment, status))
    return progressing("True", "NewReplicaSetAvailable", `ReplicaSet "${name}" has successfully progressed.`);
  if (before === undefined) return progressing("True", "NewReplicaSetCreated", `Created new replica set "${name}"`);
  if (before.reason === "NewReplicaSetAvailable" && status.replicas === status.updatedReplicas) return before; // a pod was lost, nothing is rolled out
  const moved = moving(deployment, status, before, name);
  return typeof moved === "function" ? moved(nowMs) : moved;
};

const failureOf = ({ newSet, oldSets }: Sets): Condition | undefined => {
  const found = [...(newSet === undefined ? [] : [newSet]), ...oldSets]
    .flatMap(({ status }) => status?.conditions ?? [])
    .find(({ type }) => type === "ReplicaFailure");
  return found === undefined
    ? undefined
    : {
        type: found.type,
        status: found.status,
        reason: found.reason,
        message: found.message,
        lastTransitionTime: found.lastTransitionTime,
        lastUpdateTime: found.lastTransitionTime,
      };
};

const counts = (sets: Sets) => {
  const all = sets.newSet === undefined ? sets.oldSets : [sets.newSet, ...sets.oldSets];
  const availableReplicas = total(all, ({ status }) => status?.availableReplicas ?? 0);
  return {
    replicas: total(all, ({ status }) => status?.replicas ?? 0),
    updatedReplicas: sets.newSet?.status?.replicas ?? 0,
    readyReplicas: total(all, ({ status }) => status?.readyReplicas ?? 0),
    availableReplicas,
    unavailableReplicas: Math.max(0, total(all, sizeOf) - availableReplicas),
  };
};

/** Unknown as long as one set does not tell. upstream: GetTerminatingReplicaCountForReplicaSets */
const terminatingOf = ({ newSet, oldSets }: Sets): number | undefined => {
  const all = [...(newSet === undefined ? [] : [newSet]), ...oldSets].map(({ status }) => status?.terminatingReplicas);
  return all.reduce<number | undefined>((sum, count) => (sum === undefined || count === undefined ? undefined : sum + count), 0);
};

/** The status that these sets make. Counts of zero are left out, as upstream's JSON does, but for `terminatingReplicas`. */
export const statusOf = (deployment: Stored<Deployment>, sets: Sets, nowMs: number): V1DeploymentStatus => {
  const numbers = counts(sets);
  const words: readonly Word[] = [availability(deployment, numbers.availableReplicas), progress(deployment, numbers, sets, nowMs)].filter(
    (word) => word !== undefined,
  );
  const progressed = hasProgressed(deployment.status, numbers);
  const conditions = words.map((word) => {
    const before = conditionOf(deployment.status, word.type);
    const kept = timed(word, before, nowMs);
    return word.type === "Progressing" && word.reason === "ReplicaSetUpdated" && progressed
      ? { ...kept, lastUpdateTime: toTime(nowMs) }
      : kept;
  });
  const failure = failureOf(sets);
  const { collisionCount } = deployment.status ?? {};
  const terminatingReplicas = terminatingOf(sets);
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    ...Object.fromEntries(Object.entries(numbers).filter(([, count]) => count > 0)),
    ...(terminatingReplicas === undefined ? {} : { terminatingReplicas }),
    conditions: failure === undefined ? conditions : [...conditions, failure],
    ...(collisionCount === undefined ? {} : { collisionCount }),
  };
};

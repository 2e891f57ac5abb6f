// The ReplicaSets of a Deployment: which one is new, which are old, and what a new one looks like. Pure.
// upstream: pkg/controller/deployment/util/deployment_util.go, sync.go
import type { Deployment } from "#api/apps/v1/deployment.ts";
import { deployments } from "#api/apps/v1/deployment.ts";
import type { ReplicaSet } from "#api/apps/v1/replica-set.ts";
import type { V1PodTemplateSpec } from "#api/generated/types.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Stored } from "#api/meta/object.ts";
import { controllerReference } from "../pods/claim.ts";
import { templateHash } from "./hash.ts";

const HASH_LABEL = "pod-template-hash";
export const REVISION = "deployment.kubernetes.io/revision";
export const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
export const DESIRED = "deployment.kubernetes.io/desired-replicas";
export const MAX = "deployment.kubernetes.io/max-replicas";

/** Annotations of a Deployment that its ReplicaSets do not take over. */
const OWN_ANNOTATIONS = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  REVISION_HISTORY,
  DESIRED,
  MAX,
  "deprecated.deployment.rollback.to",
]);

export type Sets = { readonly newSet: Stored<ReplicaSet> | undefined; readonly oldSets: readonly Stored<ReplicaSet>[] };

const withoutHash = (template: V1PodTemplateSpec | undefined): unknown => {
  const { [HASH_LABEL]: _, ...labels } = template?.metadata?.labels ?? {};
  return { ...template, metadata: { ...template?.metadata, labels } };
};

export const sameTemplate = (a: V1PodTemplateSpec | undefined, b: V1PodTemplateSpec | undefined): boolean =>
  deepEqual(withoutHash(a), withoutHash(b));

const byCreation = (a: Stored, b: Stored): number =>
  a.metadata.creationTimestamp < b.metadata.creationTimestamp
    ? -1
    : a.metadata.creationTimestamp > b.metadata.creationTimestamp
      ? 1
      : a.metadata.name < b.metadata.name
        ? -1
        : 1;

/** The oldest set with the Deployment's template is the new one. upstream: FindNewReplicaSet */
export const setsOf = (deployment: Stored<Deployment>, owned: readonly Stored<ReplicaSet>[]): Sets => {
  const sorted = owned.toSorted(byCreation);
  const newSet = sorted.find(({ spec }) => sameTemplate(spec?.template, deployment.spec?.template));
  return { newSet, oldSets: sorted.filter((set) => set !== newSet) };
};

export const revisionOf = ({ metadata }: Stored): number => Number(metadata.annotations?.[REVISION] ?? 0) || 0;

export const sizeOf = ({ spec }: { readonly spec?: { readonly replicas?: number | undefined } | undefined }): number => spec?.replicas ?? 1;

export const total = (sets: readonly Stored<ReplicaSet>[], count: (set: Stored<ReplicaSet>) => number): number =>
  sets.reduce((sum, set) => sum + count(set), 0);

/** The annotations a set takes over from its Deployment, with its revision and how many pods are wanted. */
export const annotationsFor = (
  deployment: Stored<Deployment>,
  options: { readonly revision: number; readonly max: number; readonly set?: Stored<ReplicaSet> | undefined },
): { readonly [key: string]: string } => {
  const taken = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !OWN_ANNOTATIONS.has(key));
  const before = options.set?.metadata.annotations ?? {};
  const last = before[REVISION];
  const history =
    last === undefined || last === String(options.revision)
      ? {}
      : { [REVISION_HISTORY]: [before[REVISION_HISTORY], last].filter((part) => part !== undefined && part !== "").join(",") };
  return {
    ...before,
    ...Object.fromEntries(taken),
    ...history,
    [REVISION]: String(options.revision),
    [DESIRED]: String(sizeOf(deployment)),
    [MAX]: String(options.max),
  };
};

/** The ReplicaSet for the Deployment's present template. upstream: getNewReplicaSet */
export const newReplicaSet = (
  deployment: Stored<Deployment>,
  { replicas, annotations }: { readonly replicas: number; readonly annotations: { readonly [key: string]: string } },
): ReplicaSet => {
  const { namespace, name } = deployment.metadata;
  const { template = {}, selector = {}, minReadySeconds }: Partial<NonNullable<Deployment["spec"]>> = deployment.spec ?? {};
  const hash = templateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: `${name}-${hash}`, namespace, labels, annotations, ownerReferences: [controllerReference(deployments, deployment)] },
    spec: {
      replicas,
      minReadySeconds,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
};

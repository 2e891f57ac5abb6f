import type { V1ReplicaSet } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { scale } from "#api/autoscaling/v1/scale.ts";

export type ReplicaSet = V1ReplicaSet;

/** ReplicaSets: keep a number of equal pods running. */
export const replicaSets: Kind<ReplicaSet> = {
  group: "apps",
  version: "v1",
  resource: "replicasets",
  kind: "ReplicaSet",
  namespaced: true,
  singular: "replicaset",
  listKind: "ReplicaSetList",
  shortNames: ["rs"],
  categories: ["all"],
  verbs: storedVerbs,
  model: "V1ReplicaSet",
  bucket: "objects",
  status: true,
  subresources: { scale },
  strategy: { generation: true },
};

import type { V1ReplicationController } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { scale } from "#api/autoscaling/v1/scale.ts";

export type ReplicationController = V1ReplicationController;

/** ReplicationControllers: the ReplicaSet's elder. */
export const replicationControllers: Kind<ReplicationController> = {
  group: "",
  version: "v1",
  resource: "replicationcontrollers",
  kind: "ReplicationController",
  namespaced: true,
  singular: "replicationcontroller",
  listKind: "ReplicationControllerList",
  shortNames: ["rc"],
  categories: ["all"],
  verbs: storedVerbs,
  model: "V1ReplicationController",
  bucket: "objects",
  status: true,
  subresources: { scale },
  strategy: { generation: true },
};

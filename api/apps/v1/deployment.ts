import type { V1Deployment } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { scale } from "#api/autoscaling/v1/scale.ts";

export type Deployment = V1Deployment;

/** Deployments: roll ReplicaSets out and back. */
export const deployments: Kind<Deployment> = {
  group: "apps",
  version: "v1",
  resource: "deployments",
  kind: "Deployment",
  namespaced: true,
  singular: "deployment",
  listKind: "DeploymentList",
  shortNames: ["deploy"],
  categories: ["all"],
  verbs: storedVerbs,
  model: "V1Deployment",
  bucket: "objects",
  status: true,
  subresources: { scale },
  strategy: { generation: true },
};

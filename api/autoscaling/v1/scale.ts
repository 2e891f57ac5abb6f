import type { V1Scale } from "#api/generated/types.ts";
import type { Subresource } from "#api/kind.ts";

export type Scale = V1Scale;

/** The `scale` subresource of whatever has replicas. */
export const scale: Subresource = {
  verbs: ["get", "patch", "update"],
  group: "autoscaling",
  version: "v1",
  kind: "Scale",
  model: "V1Scale",
};

import type { Subresource } from "#api/kind.ts";

/** The `scale` subresource of whatever has replicas. */
export const scale: Subresource = {
  verbs: ["get", "patch", "update"],
  group: "autoscaling",
  version: "v1",
  kind: "Scale",
  model: "V1Scale",
};

import type { V1ObjectMeta, V1Scale } from "#api/generated/types.ts";
import type { Subresource } from "#api/kind.ts";
import { nonNegative, type Check } from "#api/meta/check.ts";

export type Scale = V1Scale;

/** The `scale` subresource of whatever has replicas. */
export const scale: Subresource = {
  verbs: ["get", "patch", "update"],
  group: "autoscaling",
  version: "v1",
  kind: "Scale",
  model: "V1Scale",
};

/** What the scale of an object says. `selector` is its text. */
export const scaleOf = (
  metadata: V1ObjectMeta | undefined,
  counts: { readonly wanted: number; readonly observed: number },
  selector: string,
): Scale => ({
  kind: "Scale",
  apiVersion: "autoscaling/v1",
  metadata: {
    name: metadata?.name,
    namespace: metadata?.namespace,
    uid: metadata?.uid,
    resourceVersion: metadata?.resourceVersion,
    creationTimestamp: metadata?.creationTimestamp,
  },
  spec: counts.wanted === 0 ? {} : { replicas: counts.wanted },
  status: { replicas: counts.observed, ...(selector === "" ? {} : { selector }) },
});

/** A scale that a client writes. upstream: pkg/apis/autoscaling/validation ValidateScale */
export const checkScale = ({ spec }: Scale): Check => nonNegative("spec.replicas", spec?.replicas);

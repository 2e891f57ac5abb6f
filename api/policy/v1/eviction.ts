import type { V1Eviction } from "#api/generated/types.ts";
import type { Subresource } from "#api/kind.ts";

export type Eviction = V1Eviction;

/** The `eviction` subresource of a pod: delete it, if its disruption budgets allow. */
export const eviction: Subresource = { verbs: ["create"], group: "policy", version: "v1", kind: "Eviction", model: "V1Eviction" };

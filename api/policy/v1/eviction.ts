import type { Subresource } from "#api/kind.ts";

/** The `eviction` subresource of a pod: delete it, if its disruption budgets allow. */
export const eviction: Subresource = { verbs: ["create"], group: "policy", version: "v1", kind: "Eviction", model: "V1Eviction" };

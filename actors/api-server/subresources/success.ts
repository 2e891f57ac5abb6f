import type { V1Status } from "#api/generated/types.ts";

/** The answer of a deed that has no object to show. */
export const success = (code: number): V1Status => ({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code });

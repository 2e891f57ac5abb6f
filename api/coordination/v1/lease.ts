import type { V1Lease } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";

export type Lease = V1Lease;

/** Leases: who holds a role, and since when. */
export const leases: Kind<Lease> = {
  group: "coordination.k8s.io",
  version: "v1",
  resource: "leases",
  kind: "Lease",
  namespaced: true,
  singular: "lease",
  listKind: "LeaseList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1Lease",
  bucket: "leases",
  status: false,
  subresources: {},
  strategy: { generation: false },
};

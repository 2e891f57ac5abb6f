import type { V1ClusterRole } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";

export type ClusterRole = V1ClusterRole;

/** ClusterRoles: what may be done anywhere. */
export const clusterRoles: Kind<ClusterRole> = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  resource: "clusterroles",
  kind: "ClusterRole",
  namespaced: false,
  singular: "clusterrole",
  listKind: "ClusterRoleList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1ClusterRole",
  bucket: "objects",
  status: false,
  subresources: {},
  strategy: { generation: false },
};

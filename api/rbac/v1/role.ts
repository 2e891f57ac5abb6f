import type { V1Role } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";

export type Role = V1Role;

/** Roles: what may be done in one namespace. */
export const roles: Kind<Role> = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  resource: "roles",
  kind: "Role",
  namespaced: true,
  singular: "role",
  listKind: "RoleList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1Role",
  bucket: "objects",
  status: false,
  subresources: {},
  strategy: { generation: false },
};

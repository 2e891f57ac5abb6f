import type { V1Role } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { pathSegmentName } from "#api/meta/names.ts";
import { RBAC_GROUP } from "./group.ts";
import { checkRules } from "./validate.ts";

export type Role = V1Role;

/** Roles: what may be done in one namespace. */
export const roles: Kind<Role> = {
  group: RBAC_GROUP,
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
  validate: ({ rules }) => [...checkRules(rules, true)],
  validName: pathSegmentName,
  strategy: { generation: false, allowCreateOnUpdate: true },
};

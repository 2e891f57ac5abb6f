import type { V1RoleBinding } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";

export type RoleBinding = V1RoleBinding;

/** RoleBindings: who has a role in one namespace. */
export const roleBindings: Kind<RoleBinding> = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  resource: "rolebindings",
  kind: "RoleBinding",
  namespaced: true,
  singular: "rolebinding",
  listKind: "RoleBindingList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1RoleBinding",
  bucket: "objects",
  status: false,
  subresources: {},
  strategy: { generation: false },
};

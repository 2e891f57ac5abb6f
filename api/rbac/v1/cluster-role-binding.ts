import type { V1ClusterRoleBinding } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";

export type ClusterRoleBinding = V1ClusterRoleBinding;

/** ClusterRoleBindings: who has a ClusterRole everywhere. */
export const clusterRoleBindings: Kind<ClusterRoleBinding> = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  resource: "clusterrolebindings",
  kind: "ClusterRoleBinding",
  namespaced: false,
  singular: "clusterrolebinding",
  listKind: "ClusterRoleBindingList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1ClusterRoleBinding",
  bucket: "objects",
  status: false,
  subresources: {},
  strategy: { generation: false },
};

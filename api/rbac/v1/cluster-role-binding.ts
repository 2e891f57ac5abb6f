import type { V1ClusterRoleBinding } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { pathSegmentName } from "#api/meta/names.ts";
import { bindingColumns } from "./columns.ts";
import { RBAC_GROUP } from "./group.ts";
import { checkBinding, defaultBinding } from "./validate.ts";

export type ClusterRoleBinding = V1ClusterRoleBinding;

/** ClusterRoleBindings: who has a ClusterRole everywhere. */
export const clusterRoleBindings: Kind<ClusterRoleBinding> = {
  group: RBAC_GROUP,
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
  columns: bindingColumns("clusterRoleBinding"),
  setDefaults: defaultBinding,
  validate: (binding, old) => [...checkBinding(binding, old, ["ClusterRole"])],
  validName: pathSegmentName,
  strategy: { generation: false, allowCreateOnUpdate: true },
};

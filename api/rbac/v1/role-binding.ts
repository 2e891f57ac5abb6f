import type { V1RoleBinding } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { pathSegmentName } from "#api/meta/names.ts";
import { bindingColumns } from "./columns.ts";
import { RBAC_GROUP } from "./group.ts";
import { checkBinding, defaultBinding } from "./validate.ts";

export type RoleBinding = V1RoleBinding;

/** RoleBindings: who has a role in one namespace. */
export const roleBindings: Kind<RoleBinding> = {
  group: RBAC_GROUP,
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
  columns: bindingColumns("roleBinding"),
  setDefaults: defaultBinding,
  validate: (binding, old) => [...checkBinding(binding, old, ["Role", "ClusterRole"])],
  validName: pathSegmentName,
  strategy: { generation: false, allowCreateOnUpdate: true },
};

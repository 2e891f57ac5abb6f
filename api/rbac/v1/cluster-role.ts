import type { V1ClusterRole } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { each, type Check } from "#api/meta/check.ts";
import { required } from "#api/meta/field-error.ts";
import { pathSegmentName } from "#api/meta/names.ts";
import { checkLabelSelector } from "#api/meta/validate-selector.ts";
import { RBAC_GROUP } from "./group.ts";
import { checkRules } from "./validate.ts";

export type ClusterRole = V1ClusterRole;

function* check({ rules, aggregationRule }: ClusterRole): Check {
  yield* checkRules(rules, false);
  if (aggregationRule === undefined) return;
  const path = "aggregationRule.clusterRoleSelectors";
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) yield required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil");
  for (const [selector, at] of each(path, selectors)) yield* checkLabelSelector(at, selector);
}

/** ClusterRoles: what may be done anywhere. */
export const clusterRoles: Kind<ClusterRole> = {
  group: RBAC_GROUP,
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
  validate: (role) => [...check(role)],
  validName: pathSegmentName,
  strategy: { generation: false, allowCreateOnUpdate: true },
};

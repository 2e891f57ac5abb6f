// What roles and bindings must be. upstream: pkg/apis/rbac/validation/validation.go
import type { RbacV1Subject, V1PolicyRule, V1RoleRef } from "#api/generated/types.ts";
import { each, isEmpty, needed, neededAs, optionalAs, type Check } from "#api/meta/check.ts";
import { deepEqual } from "#api/meta/equal.ts";
import { invalidValue, notSupported, required } from "#api/meta/field-error.ts";
import { dns1123Subdomain, pathSegmentName } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";
import { RBAC_GROUP } from "./group.ts";

function* checkUrlRule(path: string, rule: V1PolicyRule, namespaced: boolean): Check {
  const urls = rule.nonResourceURLs;
  const detail = "rules cannot apply to both regular resources and non-resource URLs";
  if (namespaced) yield invalidValue(`${path}.nonResourceURLs`, urls, "namespaced rules cannot apply to non-resource URLs");
  const others = [rule.apiGroups, rule.resources, rule.resourceNames].some((list) => (list ?? []).length > 0);
  if (others) yield invalidValue(`${path}.nonResourceURLs`, urls, detail);
}

function* checkResourceRule(path: string, { apiGroups = [], resources = [] }: V1PolicyRule): Check {
  if (apiGroups.length === 0) yield required(`${path}.apiGroups`, "resource rules must supply at least one api group");
  if (resources.length === 0) yield required(`${path}.resources`, "resource rules must supply at least one resource");
}

/** Rules of a Role (in a namespace) or a ClusterRole. */
export function* checkRules(rules: readonly V1PolicyRule[] | undefined, namespaced: boolean): Check {
  for (const [rule, at] of each("rules", rules)) {
    if ((rule.verbs ?? []).length === 0) yield required(`${at}.verbs`, "verbs must contain at least one value");
    if ((rule.nonResourceURLs ?? []).length > 0) yield* checkUrlRule(at, rule, namespaced);
    else yield* checkResourceRule(at, rule);
  }
}

function* checkUserOrGroup(path: string, { name, apiGroup = "", kind }: RbacV1Subject): Check {
  if (isEmpty(name)) yield invalidValue(`${path}.name`, name ?? "", `${kind.toLowerCase()} name cannot be empty`);
  if (apiGroup !== RBAC_GROUP) yield notSupported(`${path}.apiGroup`, apiGroup, [RBAC_GROUP]);
}

function* checkAccount(path: string, { name, apiGroup = "", namespace }: RbacV1Subject, namespaced: boolean): Check {
  yield* optionalAs(`${path}.name`, name, dns1123Subdomain);
  if (apiGroup !== "") yield notSupported(`${path}.apiGroup`, apiGroup, [""]);
  if (!namespaced) yield* needed(`${path}.namespace`, namespace);
}

function* checkSubject(path: string, subject: RbacV1Subject, namespaced: boolean): Check {
  yield* needed(`${path}.name`, subject.name);
  if (subject.kind === "ServiceAccount") yield* checkAccount(path, subject, namespaced);
  else if (subject.kind === "User" || subject.kind === "Group") yield* checkUserOrGroup(path, subject);
  else yield notSupported(`${path}.kind`, subject.kind ?? "", ["ServiceAccount", "User", "Group"]);
}

/** What both kinds of binding are. */
export type AnyBinding = { readonly roleRef: V1RoleRef; readonly subjects?: readonly RbacV1Subject[] | undefined };

function* checkRoleRef({ apiGroup = "", kind = "", name }: Partial<V1RoleRef>, kinds: readonly string[]): Check {
  if (apiGroup !== RBAC_GROUP) yield notSupported("roleRef.apiGroup", apiGroup, [RBAC_GROUP]);
  if (!kinds.includes(kind)) yield notSupported("roleRef.kind", kind, kinds);
  yield* neededAs("roleRef.name", name, pathSegmentName);
}

/** Role and subjects of a binding. `kinds` are those of the roles that it may refer to. */
export function* checkBinding({ roleRef, subjects }: AnyBinding, old: AnyBinding | undefined, kinds: readonly string[]): Check {
  yield* checkRoleRef(roleRef ?? {}, kinds);
  for (const [subject, at] of each("subjects", subjects)) yield* checkSubject(at, subject, kinds.includes("Role"));
  if (old !== undefined && !deepEqual(roleRef, old.roleRef)) yield invalidValue("roleRef", roleRef, "cannot change roleRef");
}

/** The group of roles, users and groups need not be written. upstream: SetDefaults_Subject */
export const defaultBinding = ({ roleRef, subjects }: Draft<AnyBinding>): void => {
  if (roleRef !== undefined) roleRef.apiGroup ||= RBAC_GROUP;
  for (const subject of subjects ?? []) if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup ||= RBAC_GROUP;
};

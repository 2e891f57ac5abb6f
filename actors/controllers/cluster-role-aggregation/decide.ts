// The rules of a ClusterRole that is made of others. Pure.
// upstream: pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go
import type { ClusterRole } from "#api/rbac/v1/cluster-role.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Stored } from "#api/meta/object.ts";
import { matches, selectorOf } from "#api/meta/selector.ts";

export type Observed = { readonly role: Stored<ClusterRole>; readonly all: readonly Stored<ClusterRole>[] };
export type Action = { readonly do: "update"; readonly role: Stored<ClusterRole> };

type Rules = NonNullable<ClusterRole["rules"]>;

const byName = (a: Stored, b: Stored): number => (a.metadata.name < b.metadata.name ? -1 : 1);

/** By the order of selectors, then of names, each rule once. */
const gathered = ({ role, all }: Observed): Rules =>
  (role.aggregationRule?.clusterRoleSelectors ?? [])
    .map(selectorOf)
    .flatMap((selector) =>
      all.filter(({ metadata }) => metadata.name !== role.metadata.name && matches(selector, metadata.labels)).toSorted(byName),
    )
    .flatMap(({ rules }) => rules ?? [])
    .filter((rule, index, rules) => rules.findIndex((known) => deepEqual(known, rule)) === index);

/** Gives the role the rules of all roles that it selects; a role that aggregates nothing keeps its own. */
export const decide = (observed: Observed): readonly Action[] => {
  const { role } = observed;
  if (role.aggregationRule === undefined) return [];
  const rules = gathered(observed);
  return deepEqual(rules, role.rules ?? []) ? [] : [{ do: "update", role: { ...role, rules } }];
};

// Role-based access control: what roles and bindings allow. It never denies, it only does not allow.
// upstream: plugin/pkg/auth/authorizer/rbac, pkg/registry/rbac/validation/rule.go
import type { V1RoleRef } from "#api/generated/types.ts";
import type { User } from "#lib/api.ts";
import type { Authorizer, Decision } from "../authorizer.ts";
import type { ObjectSource } from "../objects.ts";
import { RoleIndex, type Bound } from "./role-index.ts";
import { rulesAllow, type PolicyRule } from "./rules.ts";

/** What a user may do in a namespace. `errors` tells of bindings whose role is not there. */
type Rights = { readonly rules: readonly PolicyRule[]; readonly errors: readonly string[] };

/** Gives the rules behind decisions, for reviews and against escalation. */
export interface RuleSource {
  rightsOf(user: User, namespace: string): Rights;
  /** The rules of a role as a binding in `namespace` refers to it; undefined: there is no such role. */
  rulesOf(roleRef: V1RoleRef, namespace: string): readonly PolicyRule[] | undefined;
}

/** The RBAC authorizer over the roles and bindings of `objects`. */
export const createRbac = (objects: ObjectSource): Authorizer & RuleSource => {
  const index = new RoleIndex(objects);
  return {
    authorize: (user, attributes) => {
      const missing: string[] = [];
      const namespace = "path" in attributes ? "" : (attributes.namespace ?? "");
      for (const bound of bindingsOf(index, user, namespace)) {
        const rules = index.rulesOf(bound.roleRef, bound.namespace);
        if (rules === undefined) missing.push(roleMissing(bound.roleRef));
        else if (rulesAllow(rules, attributes)) return { decision: "allow", reason: `RBAC: allowed by ${described(bound)}` };
      }
      return missing.length === 0 ? NO_OPINION : { decision: "noOpinion", reason: `RBAC: ${aggregated(missing)}` };
    },
    rightsOf: (user, namespace) => {
      const rules = new Set<PolicyRule>();
      const errors = new Set<string>();
      for (const bound of bindingsOf(index, user, namespace)) {
        const found = index.rulesOf(bound.roleRef, bound.namespace);
        if (found === undefined) errors.add(roleMissing(bound.roleRef));
        else for (const rule of found) rules.add(rule);
      }
      return { rules: [...rules], errors: [...errors] };
    },
    rulesOf: (roleRef, namespace) => index.rulesOf(roleRef, namespace),
  };
};

const NO_OPINION: Decision = { decision: "noOpinion", reason: "" };

function* bindingsOf(index: RoleIndex, user: User, namespace: string): Generator<Bound> {
  yield* index.bindingsOf(user, "");
  if (namespace !== "") yield* index.bindingsOf(user, namespace);
}

const roleMissing = ({ kind, name }: V1RoleRef): string =>
  `${kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(name)} not found`;

/** Errors as upstream's Aggregate prints them. */
const aggregated = (errors: readonly string[]): string => {
  const distinct = [...new Set(errors)];
  return distinct.length === 1 ? (distinct[0] ?? "") : `[${distinct.join(", ")}]`;
};

const described = ({ namespace, name, roleRef, subject }: Bound): string => {
  const cluster = namespace === "";
  const who = subject.kind === "ServiceAccount" ? `${subject.name}/${subject.namespace ?? namespace}` : subject.name;
  const binding = cluster ? `ClusterRoleBinding ${JSON.stringify(name)}` : `RoleBinding ${JSON.stringify(`${name}/${namespace}`)}`;
  return `${binding} of ${roleRef.kind} ${JSON.stringify(roleRef.name)} to ${subject.kind} ${JSON.stringify(who)}`;
};

// Nobody gives rights that they do not have: the check before a role or a binding is written. The privileged group may,
// and so may who is allowed the verb `escalate` on the role, or `bind` on the role bound to.
// upstream: pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased, pkg/registry/rbac/validation/rule.go
import type { V1RoleRef } from "#api/generated/types.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { forbidden, notFound } from "#api/meta/status.ts";
import type { RoleBinding } from "#api/rbac/v1/role-binding.ts";
import type { ClusterRole } from "#api/rbac/v1/cluster-role.ts";
import type { ApiRequest, User } from "#lib/api.ts";
import type { Authorizer, ResourceAttributes } from "../authorizer.ts";
import { compacted, quoted, ruleText, uncovered } from "./covers.ts";
import { PRIVILEGED_GROUP } from "./privileged.ts";
import type { RuleSource } from "./rbac.ts";
import type { PolicyRule } from "./rules.ts";

const GROUP = "rbac.authorization.k8s.io";

type Place = Pick<ApiRequest, "group" | "resource" | "namespace">;

/** Throws: Forbidden when the user would give rights they lack; NotFound when they bind a role that does not exist. */
export type EscalationCheck = (
  user: User,
  place: Place,
  change: { readonly object: KubeObject; readonly old?: KubeObject | undefined },
) => void;

const EVERYTHING: readonly PolicyRule[] = [
  { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
  { nonResourceURLs: ["*"], verbs: ["*"] },
];

/** The check for objects of every resource; those that give no rights pass. */
export const createEscalationCheck = (authorizer: Authorizer, rules: RuleSource): EscalationCheck => {
  const allowed = (user: User, attributes: Pick<ResourceAttributes, "verb" | "resource" | "namespace" | "name">): boolean =>
    authorizer.authorize(user, { ...attributes, group: GROUP, version: "v1" }).decision === "allow";

  const role: EscalationCheck = (user, { resource, namespace }, { object }) => {
    const name = object.metadata?.name ?? "";
    if (allowed(user, { verb: "escalate", resource, namespace, name })) return;
    const { rules: wanted = [], aggregationRule } = object as ClusterRole;
    const { rules: held, errors } = rules.rightsOf(user, namespace ?? "");
    refuse({ user, held, wanted, errors, subject: { group: GROUP, resource, name } });
    if (aggregationRule !== undefined && uncovered(held, EVERYTHING).length > 0) {
      throw forbidden({ group: GROUP, resource, name }, "must have cluster-admin privileges to use an aggregationRule");
    }
  };

  const binding: EscalationCheck = (user, { resource, namespace }, { object }) => {
    const { roleRef } = object as RoleBinding;
    const bound = boundRole(roleRef);
    if (allowed(user, { verb: "bind", resource: bound, namespace, name: roleRef.name })) return;
    const wanted = rules.rulesOf(roleRef, namespace ?? "");
    if (wanted === undefined) throw notFound({ group: GROUP, resource: roleRef.kind.toLowerCase(), name: roleRef.name });
    const { rules: held, errors } = rules.rightsOf(user, namespace ?? "");
    refuse({ user, held, wanted, errors, subject: { group: GROUP, resource, name: object.metadata?.name } });
  };

  return (user, place, change) => {
    if (place.group !== GROUP || user.groups.includes(PRIVILEGED_GROUP) || grantsNothingNew(change)) return;
    if (place.resource === "roles" || place.resource === "clusterroles") role(user, place, change);
    else binding(user, place, change);
  };
};

const boundRole = ({ kind }: V1RoleRef): string => (kind === "ClusterRole" ? "clusterroles" : "roles");

/** An update of owner references and finalizers only, which the garbage collector makes. upstream: IsOnlyMutatingGCFields */
const grantsNothingNew = ({ object, old }: Parameters<EscalationCheck>[2]): boolean =>
  old !== undefined && deepEqual(bare(object), bare(old));

const bare = ({ metadata, ...rest }: KubeObject): unknown => ({
  ...rest,
  metadata: {
    ...metadata,
    ownerReferences: undefined,
    finalizers: undefined,
    managedFields: undefined,
    resourceVersion: undefined,
    generation: undefined,
  },
});

type Grant = {
  readonly user: User;
  readonly held: readonly PolicyRule[];
  readonly wanted: readonly PolicyRule[];
  readonly errors: readonly string[];
  readonly subject: { readonly group: string; readonly resource: string; readonly name: string | undefined };
};

const refuse = ({ user, held, wanted, errors, subject }: Grant): void => {
  const missing = uncovered(held, wanted);
  if (missing.length === 0) return;
  const lines = [...new Set(compacted(missing).map(ruleText))].toSorted();
  const who = `user ${JSON.stringify(user.name)} (groups=${quoted(user.groups)})`;
  const resolution = errors.length === 0 ? "" : `; resolution errors: [${errors.join(" ")}]`;
  throw forbidden(subject, `${who} is attempting to grant RBAC permissions not currently held:\n${lines.join("\n")}${resolution}`);
};

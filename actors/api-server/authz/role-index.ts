// Roles and bindings, found by subject: a decision looks at the bindings of the user and of their groups, never at all.
import type { RoleBinding } from "#api/rbac/v1/role-binding.ts";
import { clusterRoleBindings } from "#api/rbac/v1/cluster-role-binding.ts";
import { clusterRoles } from "#api/rbac/v1/cluster-role.ts";
import { roleBindings } from "#api/rbac/v1/role-binding.ts";
import { roles } from "#api/rbac/v1/role.ts";
import type { RbacV1Subject, V1RoleRef } from "#api/generated/types.ts";
import type { ObjectRef } from "#api/meta/object.ts";
import type { User } from "#lib/api.ts";
import type { ObjectSource } from "../objects.ts";
import type { PolicyRule } from "./rules.ts";

/** A binding of a role to a subject. `namespace` is "" for a ClusterRoleBinding. */
export type Bound = { readonly namespace: string; readonly name: string; readonly roleRef: V1RoleRef; readonly subject: RbacV1Subject };

type BySubject = Map<string, Set<Bound>>;

const NONE: ReadonlySet<Bound> = new Set();

/** The index of what is stored. */
export class RoleIndex {
  readonly #rules = new Map<string, readonly PolicyRule[]>();
  /** By namespace, "" for the whole cluster; then by subject. */
  readonly #bound = new Map<string, BySubject>();
  /** What each binding put into the index. */
  readonly #entries = new Map<string, readonly Bound[]>();

  constructor(objects: ObjectSource) {
    objects.follow(roles, (ref, role) => this.#setRules(ref, role?.rules ?? (role && [])));
    objects.follow(clusterRoles, (ref, role) => this.#setRules(ref, role?.rules ?? (role && [])));
    objects.follow(roleBindings, (ref, binding) => this.#setBinding(ref, binding));
    objects.follow(clusterRoleBindings, (ref, binding) => this.#setBinding(ref, binding));
  }

  /** The rules of the role that a binding in `namespace` refers to; undefined: there is none. */
  rulesOf(roleRef: V1RoleRef, namespace: string): readonly PolicyRule[] | undefined {
    return this.#rules.get(placeOf({ namespace: roleRef.kind === "ClusterRole" ? "" : namespace, name: roleRef.name }));
  }

  /** The bindings in `namespace` ("": of the whole cluster) that apply to the user. */
  *bindingsOf(user: User, namespace: string): Generator<Bound> {
    const bySubject = this.#bound.get(namespace);
    if (bySubject === undefined) return;
    yield* bySubject.get(userKey(user.name)) ?? NONE;
    for (const group of user.groups) yield* bySubject.get(groupKey(group)) ?? NONE;
  }

  #setRules(ref: ObjectRef, rules: readonly PolicyRule[] | undefined): void {
    if (rules === undefined) this.#rules.delete(placeOf(ref));
    else this.#rules.set(placeOf(ref), rules);
  }

  #setBinding({ namespace = "", name }: ObjectRef, binding: RoleBinding | undefined): void {
    const place = placeOf({ namespace, name });
    for (const bound of this.#entries.get(place) ?? []) this.#drop(bound);
    this.#entries.delete(place);
    if (binding === undefined) return;
    const entries = (binding.subjects ?? []).map((subject) => ({ namespace, name, roleRef: binding.roleRef, subject }));
    this.#entries.set(place, entries);
    for (const bound of entries) this.#add(bound);
  }

  #add(bound: Bound): void {
    const key = subjectKey(bound);
    if (key === undefined) return;
    const bySubject = this.#bound.get(bound.namespace) ?? (new Map() as BySubject);
    this.#bound.set(bound.namespace, bySubject);
    bySubject.set(key, (bySubject.get(key) ?? new Set()).add(bound));
  }

  #drop(bound: Bound): void {
    const key = subjectKey(bound);
    const bySubject = this.#bound.get(bound.namespace);
    const set = key === undefined ? undefined : bySubject?.get(key);
    set?.delete(bound);
    if (set?.size === 0) bySubject?.delete(key ?? "");
    if (bySubject?.size === 0) this.#bound.delete(bound.namespace);
  }
}

const placeOf = ({ namespace = "", name }: ObjectRef): string => `${namespace}/${name}`;
const userKey = (name: string): string => `user ${name}`;
const groupKey = (name: string): string => `group ${name}`;

/** A service account is the user it acts as; without a namespace of its own it is of the binding's. upstream: rule.go appliesToUser */
const subjectKey = ({ subject: { kind, name, namespace = "" }, namespace: bindingNamespace }: Bound): string | undefined => {
  if (kind === "User") return userKey(name);
  if (kind === "Group") return groupKey(name);
  const of = namespace === "" ? bindingNamespace : namespace;
  return kind === "ServiceAccount" && of !== "" ? userKey(`system:serviceaccount:${of}:${name}`) : undefined;
};

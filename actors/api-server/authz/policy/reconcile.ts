// Brings the stored policy up to the bootstrap policy at every start: what is missing is added, what an administrator
// added stays, what they opted out of by `autoupdate: "false"` is left alone.
// upstream: pkg/registry/rbac/reconciliation
import { deepEqual } from "#api/meta/equal.ts";
import type { ObjectMeta } from "#api/meta/object.ts";
import { isReason } from "#api/meta/status.ts";
import { clusterRoleBindings, type ClusterRoleBinding } from "#api/rbac/v1/cluster-role-binding.ts";
import { clusterRoles, type ClusterRole } from "#api/rbac/v1/cluster-role.ts";
import { roleBindings, type RoleBinding } from "#api/rbac/v1/role-binding.ts";
import { roles, type Role } from "#api/rbac/v1/role.ts";
import type { Resource } from "#api/meta/resource.ts";
import type { Client } from "#lib/client.ts";
import { compacted, uncovered } from "../covers.ts";
import { bootstrapPolicy } from "./bootstrap.ts";
import { NAMESPACE_BINDINGS, NAMESPACE_ROLES } from "./namespace-roles.ts";

const OPT_OUT = "rbac.authorization.kubernetes.io/autoupdate";

type WithMeta = { readonly metadata?: ObjectMeta | undefined };

type Binding = ClusterRoleBinding | RoleBinding;

const isProtected = ({ metadata }: WithMeta): boolean => metadata?.annotations?.[OPT_OUT] === "false";

/** The stored metadata with the labels and annotations that were lacking. */
const withMeta = <T extends WithMeta>(stored: T, expected: WithMeta): T => ({
  ...stored,
  metadata: {
    ...stored.metadata,
    labels: { ...expected.metadata?.labels, ...stored.metadata?.labels },
    annotations: { ...expected.metadata?.annotations, ...stored.metadata?.annotations },
  },
});

const changed = <T>(stored: T, next: T): T | undefined => (deepEqual(stored, next) ? undefined : next);

/** The role as it should be stored; undefined: it is so already. The rules of an aggregated role are its controller's. */
export const reconciledRole = <T extends ClusterRole>(stored: T, expected: ClusterRole): T | undefined => {
  if (isProtected(stored)) return undefined;
  const missing = expected.aggregationRule === undefined ? uncovered(stored.rules ?? [], expected.rules ?? []) : [];
  const rules = [...(stored.rules ?? []), ...compacted(missing)];
  return changed(stored, { ...withMeta(stored, expected), ...(missing.length === 0 ? {} : { rules }) });
};

/** The binding as it should be stored; undefined: it is so already. What it binds to can never change. */
export const reconciledBinding = <T extends Binding>(stored: T, expected: Binding): T | undefined => {
  if (isProtected(stored)) return undefined;
  const present = stored.subjects ?? [];
  const missing = (expected.subjects ?? []).filter(
    ({ kind, name, namespace }) => !present.some((one) => one.kind === kind && one.name === name && one.namespace === namespace),
  );
  return changed(stored, { ...withMeta(stored, expected), ...(missing.length === 0 ? {} : { subjects: [...present, ...missing] }) });
};

type Merge<T> = (stored: T, expected: T) => T | undefined;

const ensure = async <T extends WithMeta>(client: Client, resource: Resource<T>, [expected, merge, signal]: [T, Merge<T>, AbortSignal]) => {
  const { name = "", namespace } = expected.metadata ?? {};
  try {
    const next = merge((await client.get(resource, { namespace, name }, signal)) as unknown as T, expected);
    if (next !== undefined) await client.update(resource, next, {}, signal);
  } catch (error) {
    if (!isReason(error, "NotFound")) throw error;
    await client.create(resource, expected, {}, signal);
  }
};

/** Writes what is missing of the bootstrap policy; `client` must be privileged. Throws: ApiError; doing it again is safe. */
export const ensurePolicy = async (client: Client, signal: AbortSignal): Promise<void> => {
  const policy = bootstrapPolicy();
  await Promise.all([
    ...policy.roles.map((role) => ensure<ClusterRole>(client, clusterRoles, [role, reconciledRole, signal])),
    ...policy.bindings.map((binding) => ensure<ClusterRoleBinding>(client, clusterRoleBindings, [binding, reconciledBinding, signal])),
    ...NAMESPACE_ROLES.map((role) => ensure<Role>(client, roles, [role, reconciledRole, signal])),
    ...NAMESPACE_BINDINGS.map((binding) => ensure<RoleBinding>(client, roleBindings, [binding, reconciledBinding, signal])),
  ]);
};

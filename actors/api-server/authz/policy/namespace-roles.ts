// The roles and bindings that kube-system and kube-public begin with. Pure data. upstream: bootstrappolicy/namespace_policy.go
import type { RbacV1Subject } from "#api/generated/types.ts";
import type { RoleBinding } from "#api/rbac/v1/role-binding.ts";
import type { Role } from "#api/rbac/v1/role.ts";
import type { PolicyRule } from "../rules.ts";
import { COORDINATION, eventsRule, READ, rule } from "./rule.ts";

const API_GROUP = "rbac.authorization.k8s.io";
const [SYSTEM, PUBLIC] = ["kube-system", "kube-public"];

const metadataOf = (namespace: string, name: string) => ({
  name,
  namespace,
  labels: { "kubernetes.io/bootstrapping": "rbac-defaults" },
  annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
});

const user = (name: string): RbacV1Subject => ({ apiGroup: API_GROUP, kind: "User", name });
const account = (name: string): RbacV1Subject => ({ kind: "ServiceAccount", namespace: SYSTEM, name });

const role = (namespace: string, name: string, rules: readonly PolicyRule[]): Role => ({
  apiVersion: `${API_GROUP}/v1`,
  kind: "Role",
  metadata: metadataOf(namespace, name),
  rules,
});

/** `name`: the binding's, where it is not the role's. */
const binding = (namespace: string, roleName: string, subjects: readonly RbacV1Subject[], name = roleName): RoleBinding => ({
  apiVersion: `${API_GROUP}/v1`,
  kind: "RoleBinding",
  metadata: metadataOf(namespace, name),
  roleRef: { apiGroup: API_GROUP, kind: "Role", name: roleName },
  subjects,
});

const READER = "extension-apiserver-authentication-reader";
const SIGNER = "system:controller:bootstrap-signer";
const CLOUD = "system:controller:cloud-provider";
const CLEANER = "system:controller:token-cleaner";
const MANAGER_LOCK = "system::leader-locking-kube-controller-manager";
const SCHEDULER_LOCK = "system::leader-locking-kube-scheduler";

const lockRules = (holder: string): readonly PolicyRule[] => [
  rule("watch", "core", "configmaps"),
  rule("get update", "core", "configmaps", holder),
];

/** Roles of namespaces. */
export const NAMESPACE_ROLES: readonly Role[] = [
  role(SYSTEM, READER, [rule(READ, "core", "configmaps", "extension-apiserver-authentication")]),
  role(SYSTEM, SIGNER, [rule(READ, "core", "secrets")]),
  role(SYSTEM, CLOUD, [rule(`create ${READ}`, "core", "configmaps")]),
  role(SYSTEM, CLEANER, [rule(`delete ${READ}`, "core", "secrets"), eventsRule]),
  role(SYSTEM, MANAGER_LOCK, [...lockRules("kube-controller-manager"), rule(`create update ${READ}`, COORDINATION, "leases")]),
  role(SYSTEM, SCHEDULER_LOCK, lockRules("kube-scheduler")),
  role(PUBLIC, SIGNER, [rule(READ, "core", "configmaps"), rule("update", "core", "configmaps", "cluster-info"), eventsRule]),
];

const [MANAGER, SCHEDULER] = ["kube-controller-manager", "kube-scheduler"];

/** Their bindings. */
export const NAMESPACE_BINDINGS: readonly RoleBinding[] = [
  binding(SYSTEM, READER, [user(`system:${MANAGER}`), user(`system:${SCHEDULER}`)], `system::${READER}`),
  binding(SYSTEM, MANAGER_LOCK, [user(`system:${MANAGER}`), account(MANAGER), account("leader-election-controller")]),
  binding(SYSTEM, SCHEDULER_LOCK, [user(`system:${SCHEDULER}`), account(SCHEDULER)]),
  binding(SYSTEM, SIGNER, [account("bootstrap-signer")]),
  binding(SYSTEM, CLOUD, [account("cloud-provider")]),
  binding(SYSTEM, CLEANER, [account("token-cleaner")]),
  binding(PUBLIC, SIGNER, [account("bootstrap-signer")]),
];

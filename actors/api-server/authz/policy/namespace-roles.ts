// The roles and bindings that kube-system begins with. Pure data. upstream: bootstrappolicy/namespace_policy.go
import type { RbacV1Subject } from "#api/generated/types.ts";
import type { RoleBinding } from "#api/rbac/v1/role-binding.ts";
import type { Role } from "#api/rbac/v1/role.ts";
import type { PolicyRule } from "../rules.ts";
import { READ, rule } from "./rule.ts";

const API_GROUP = "rbac.authorization.k8s.io";

const metadataOf = (name: string) => ({
  name,
  namespace: "kube-system",
  labels: { "kubernetes.io/bootstrapping": "rbac-defaults" },
  annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
});

const user = (name: string): RbacV1Subject => ({ apiGroup: API_GROUP, kind: "User", name });

const role = (name: string, rules: readonly PolicyRule[]): Role => ({
  apiVersion: `${API_GROUP}/v1`,
  kind: "Role",
  metadata: metadataOf(name),
  rules,
});

const READER = "extension-apiserver-authentication-reader";

/** Roles of namespaces. */
export const NAMESPACE_ROLES: readonly Role[] = [role(READER, [rule(READ, "core", "configmaps", "extension-apiserver-authentication")])];

/** Their bindings. */
export const NAMESPACE_BINDINGS: readonly RoleBinding[] = [
  {
    apiVersion: `${API_GROUP}/v1`,
    kind: "RoleBinding",
    metadata: metadataOf(`system::${READER}`),
    roleRef: { apiGroup: API_GROUP, kind: "Role", name: READER },
    subjects: [user("system:kube-controller-manager"), user("system:kube-scheduler")],
  },
];

// The roles and bindings that every cluster begins with. Pure data. upstream: plugin/pkg/auth/authorizer/rbac/bootstrappolicy
import type { RbacV1Subject } from "#api/generated/types.ts";
import type { ClusterRoleBinding } from "#api/rbac/v1/cluster-role-binding.ts";
import type { ClusterRole } from "#api/rbac/v1/cluster-role.ts";
import { CERTIFICATE_ROLES } from "./certificate-roles.ts";
import { CONTROLLER_RULES } from "./controller-roles.ts";
import { STORAGE_CONTROLLER_RULES } from "./storage-controller-roles.ts";
import { SYSTEM_ROLES } from "./system-roles.ts";
import { USER_ROLES, type PolicyRole } from "./user-roles.ts";
import { WORKLOAD_CONTROLLER_RULES } from "./workload-controller-roles.ts";

const CONTROLLER = "system:controller:";
const API_GROUP = "rbac.authorization.k8s.io";
const AUTOUPDATE = { "rbac.authorization.kubernetes.io/autoupdate": "true" };
const DEFAULTS = { "kubernetes.io/bootstrapping": "rbac-defaults" };

const group = (name: string): RbacV1Subject => ({ apiGroup: API_GROUP, kind: "Group", name });
const user = (name: string): RbacV1Subject => ({ apiGroup: API_GROUP, kind: "User", name });
const serviceAccount = (name: string): RbacV1Subject => ({ kind: "ServiceAccount", name, namespace: "kube-system" });

const AUTHENTICATED = group("system:authenticated");
const UNAUTHENTICATED = group("system:unauthenticated");

const BOUND: { readonly [role: string]: readonly RbacV1Subject[] } = {
  "cluster-admin": [group("system:masters")],
  "system:discovery": [AUTHENTICATED],
  "system:public-info-viewer": [AUTHENTICATED, UNAUTHENTICATED],
  "system:monitoring": [group("system:monitoring")],
  "system:basic-user": [AUTHENTICATED],
  "system:service-account-issuer-discovery": [group("system:serviceaccounts")],
  "system:node": [], // the node authorizer decides; the binding stands for those who give it subjects
  "system:node-proxier": [user("system:kube-proxy")],
  "system:kube-dns": [serviceAccount("kube-dns")],
  "system:kube-scheduler": [user("system:kube-scheduler")],
  "system:volume-scheduler": [user("system:kube-scheduler")],
  "system:kube-controller-manager": [user("system:kube-controller-manager")],
  "system:cloud-controller-manager": [user("system:cloud-controller-manager")],
};

const roleOf = ({ name, rules, aggregates, labels }: PolicyRole): ClusterRole => ({
  apiVersion: `${API_GROUP}/v1`,
  kind: "ClusterRole",
  metadata: { name, labels: { ...DEFAULTS, ...labels }, annotations: AUTOUPDATE },
  rules,
  ...(aggregates === undefined ? {} : { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregates]: "true" } }] } }),
});

const bindingOf = (role: string, subjects: readonly RbacV1Subject[]): ClusterRoleBinding => ({
  apiVersion: `${API_GROUP}/v1`,
  kind: "ClusterRoleBinding",
  metadata: { name: role, labels: DEFAULTS, annotations: AUTOUPDATE },
  roleRef: { apiGroup: API_GROUP, kind: "ClusterRole", name: role },
  ...(subjects.length === 0 ? {} : { subjects }),
});

/** Roles and bindings of a new cluster. */
export const bootstrapPolicy = (): { readonly roles: readonly ClusterRole[]; readonly bindings: readonly ClusterRoleBinding[] } => {
  const controllers = Object.entries({ ...CONTROLLER_RULES, ...WORKLOAD_CONTROLLER_RULES, ...STORAGE_CONTROLLER_RULES });
  return {
    roles: [
      ...[...SYSTEM_ROLES, ...CERTIFICATE_ROLES, ...USER_ROLES].map(roleOf),
      ...controllers.map(([name, rules]) => roleOf({ name: `${CONTROLLER}${name}`, rules })),
    ],
    bindings: [
      ...Object.entries(BOUND).map(([role, subjects]) => bindingOf(role, subjects)),
      ...controllers.map(([name]) => bindingOf(`${CONTROLLER}${name}`, [serviceAccount(name)])),
    ],
  };
};

// The roles for everybody and for the components. upstream: bootstrappolicy/policy.go ClusterRoles
import type { PolicyRule } from "../rules.ts";
import { NODE_RULES } from "./node-rules.ts";
import {
  APPS,
  AUTHENTICATION,
  AUTHORIZATION,
  COORDINATION,
  DISCOVERY,
  READ,
  RESOURCE,
  STORAGE,
  eventsRule,
  pathRule,
  rule,
} from "./rule.ts";
import type { PolicyRole } from "./user-roles.ts";

const delegate: readonly PolicyRule[] = [
  rule("create", AUTHENTICATION, "tokenreviews"),
  rule("create", AUTHORIZATION, "subjectaccessreviews"),
];

const leaderLease = (name: string): readonly PolicyRule[] => [
  rule("create", COORDINATION, "leases"),
  rule("get update", COORDINATION, "leases", name),
];

const SCHEDULER: readonly PolicyRule[] = [
  eventsRule,
  ...leaderLease("kube-scheduler"),
  rule(READ, "core", "nodes"),
  rule(`delete ${READ}`, "core", "pods"),
  rule("create", "core", "bindings pods/binding"),
  rule("patch update", "core", "pods/status"),
  rule(READ, "core", "replicationcontrollers services"),
  rule(READ, APPS, "replicasets"),
  rule(READ, APPS, "statefulsets"),
  rule(READ, "policy", "poddisruptionbudgets"),
  rule(READ, "core", "persistentvolumeclaims persistentvolumes"),
  ...delegate,
  rule(READ, STORAGE, "csinodes"),
  rule(READ, "core", "namespaces"),
  rule(READ, STORAGE, "csidrivers"),
  rule(READ, STORAGE, "csistoragecapacities"),
  rule(READ, "scheduling.k8s.io", "priorityclasses"),
  rule(READ, STORAGE, "volumeattachments"),
  rule(READ, RESOURCE, "deviceclasses resourceslices"),
  rule(`patch update ${READ}`, RESOURCE, "resourceclaims"),
  rule("patch update", RESOURCE, "resourceclaims/status"),
];

const VOLUME_SCHEDULER: readonly PolicyRule[] = [
  rule(`patch update ${READ}`, "core", "persistentvolumes"),
  rule(READ, STORAGE, "storageclasses"),
  rule(`patch update ${READ}`, "core", "persistentvolumeclaims"),
];

const CONTROLLER_MANAGER: readonly PolicyRule[] = [
  eventsRule,
  ...leaderLease("kube-controller-manager"),
  rule("create", "core", "secrets serviceaccounts"),
  rule("delete", "core", "secrets"),
  rule("get", "core", "configmaps namespaces secrets serviceaccounts"),
  rule("update", "core", "secrets serviceaccounts"),
  ...delegate,
  rule("list watch", "*", "*"),
  rule("create", "core", "serviceaccounts/token"),
];

const CLOUD_CONTROLLER_MANAGER: readonly PolicyRule[] = [
  eventsRule,
  ...leaderLease("cloud-controller-manager"),
  rule(`delete patch update ${READ}`, "core", "nodes"),
  rule("patch update", "core", "nodes/status"),
  rule(READ, "core", "services"),
  rule("patch update", "core", "services/status"),
];

const PROXIER: readonly PolicyRule[] = [
  rule("list watch", "core", "endpoints services"),
  rule(READ, "core", "nodes"),
  eventsRule,
  rule("list watch", DISCOVERY, "endpointslices"),
];

const DISCOVERY_PATHS = "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/";

/** Roles of the system. */
export const SYSTEM_ROLES: readonly PolicyRole[] = [
  { name: "cluster-admin", rules: [rule("*", "*", "*"), pathRule("*", "*")] },
  { name: "system:discovery", rules: [pathRule("get", DISCOVERY_PATHS)] },
  { name: "system:public-info-viewer", rules: [pathRule("get", "/healthz /livez /readyz /version /version/")] },
  { name: "system:monitoring", rules: [pathRule("get", "/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*")] },
  {
    name: "system:basic-user",
    rules: [
      rule("create", AUTHORIZATION, "selfsubjectaccessreviews selfsubjectrulesreviews"),
      rule("create", AUTHENTICATION, "selfsubjectreviews"),
    ],
  },
  { name: "system:service-account-issuer-discovery", rules: [pathRule("get", "/.well-known/openid-configuration /openid/v1/jwks")] },
  { name: "system:auth-delegator", rules: delegate },
  { name: "system:kube-aggregator", rules: [rule(READ, "core", "endpoints services")] },
  { name: "system:node", rules: NODE_RULES },
  { name: "system:node-proxier", rules: PROXIER },
  { name: "system:kube-dns", rules: [rule("list watch", "core", "endpoints services"), rule("list watch", DISCOVERY, "endpointslices")] },
  { name: "system:kube-scheduler", rules: SCHEDULER },
  { name: "system:volume-scheduler", rules: VOLUME_SCHEDULER },
  { name: "system:kube-controller-manager", rules: CONTROLLER_MANAGER },
  { name: "system:cloud-controller-manager", rules: CLOUD_CONTROLLER_MANAGER },
];

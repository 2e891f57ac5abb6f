// The roles for people: admin, edit and view of a namespace, each made of what is labelled to aggregate to it.
// upstream: bootstrappolicy/policy.go viewRules, editRules
import type { PolicyRule } from "../rules.ts";
import { APPS, AUTHORIZATION, BATCH, COORDINATION, DISCOVERY, NETWORKING, RBAC, READ, READ_WRITE, RESOURCE, WRITE, rule } from "./rule.ts";

const VIEW: readonly PolicyRule[] = [
  rule(
    READ,
    "core",
    "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status",
  ),
  rule(
    READ,
    "core",
    "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status",
  ),
  rule(READ, "core", "namespaces"),
  rule(READ, DISCOVERY, "endpointslices"),
  rule(
    READ,
    APPS,
    "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status",
  ),
  rule(READ, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
  rule(READ, BATCH, "cronjobs cronjobs/status jobs jobs/status"),
  rule(READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
  rule(READ, NETWORKING, "ingresses ingresses/status networkpolicies"),
  rule(READ, RESOURCE, "resourceclaims resourceclaims/status resourceclaimtemplates"),
];

const EDIT: readonly PolicyRule[] = [
  rule(READ, "core", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"),
  rule("impersonate", "core", "serviceaccounts"),
  rule(WRITE, "core", "pods pods/attach pods/exec pods/portforward pods/proxy"),
  rule("create", "core", "pods/eviction"),
  rule(
    WRITE,
    "core",
    "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy",
  ),
  rule("create", "core", "serviceaccounts/token"),
  rule(
    WRITE,
    APPS,
    "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale",
  ),
  rule(WRITE, "autoscaling", "horizontalpodautoscalers"),
  rule(WRITE, BATCH, "cronjobs jobs"),
  rule(WRITE, "policy", "poddisruptionbudgets"),
  rule(WRITE, NETWORKING, "ingresses networkpolicies"),
  rule(WRITE, RESOURCE, "resourceclaims resourceclaimtemplates"),
  rule(READ_WRITE, COORDINATION, "leases"),
];

const ADMIN: readonly PolicyRule[] = [
  rule("create", AUTHORIZATION, "localsubjectaccessreviews"),
  rule(READ_WRITE, RBAC, "roles rolebindings"),
];

const labelOf = (name: string): string => `rbac.authorization.k8s.io/aggregate-to-${name}`;

/** A role of the policy. `aggregates`: the label whose roles it is made of, of which `rules` are the first content. */
export type PolicyRole = {
  readonly name: string;
  readonly rules: readonly PolicyRule[];
  readonly aggregates?: string;
  readonly labels?: { readonly [label: string]: string };
};

const partOf = (name: string): { readonly [label: string]: string } => ({ [labelOf(name)]: "true" });

/** Roles that people get. */
export const USER_ROLES: readonly PolicyRole[] = [
  { name: "admin", aggregates: labelOf("admin"), rules: [...EDIT, ...VIEW, ...ADMIN] },
  { name: "edit", aggregates: labelOf("edit"), rules: [...EDIT, ...VIEW], labels: partOf("admin") },
  { name: "view", aggregates: labelOf("view"), rules: VIEW, labels: partOf("edit") },
  { name: "system:aggregate-to-admin", rules: ADMIN, labels: partOf("admin") },
  { name: "system:aggregate-to-edit", rules: EDIT, labels: partOf("edit") },
  { name: "system:aggregate-to-view", rules: VIEW, labels: partOf("view") },
];

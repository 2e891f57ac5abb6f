// What each controller may do, as its service account in kube-system. upstream: bootstrappolicy/controller_policy.go
import type { PolicyRule } from "../rules.ts";
import { APPS, DISCOVERY, RBAC, READ, eventsRule, rule } from "./rule.ts";

/** By the controller's service account. */
export const CONTROLLER_RULES: { readonly [serviceAccount: string]: readonly PolicyRule[] } = {
  "clusterrole-aggregation-controller": [rule(`escalate patch update ${READ}`, RBAC, "clusterroles")],
  "customresourcedefinition-controller": [
    rule(`update ${READ}`, "apiextensions.k8s.io", "customresourcedefinitions"),
    rule("update", "apiextensions.k8s.io", "customresourcedefinitions/status"),
    rule(`delete deletecollection ${READ}`, "*", "*"),
  ],
  "deployment-controller": [
    rule(`update ${READ}`, APPS, "deployments"),
    rule("update", APPS, "deployments/status"),
    rule("update", APPS, "deployments/finalizers"),
    rule(`create delete patch update ${READ}`, APPS, "replicasets"),
    rule(`update ${READ}`, "core", "pods"),
    eventsRule,
  ],
  "endpoint-controller": [
    rule(READ, "core", "pods services"),
    rule(`create delete update ${READ}`, "core", "endpoints"),
    rule("create", "core", "endpoints/restricted"),
    eventsRule,
  ],
  "endpointslice-controller": [
    rule(READ, "core", "nodes pods services"),
    rule("update", "core", "services/finalizers"),
    rule(`create delete update ${READ}`, DISCOVERY, "endpointslices"),
    eventsRule,
  ],
  "generic-garbage-collector": [rule(`delete patch update ${READ}`, "*", "*"), eventsRule],
  "namespace-controller": [
    rule(`delete ${READ}`, "core", "namespaces"),
    rule("update", "core", "namespaces/finalize namespaces/status"),
    rule(`delete deletecollection ${READ}`, "*", "*"),
  ],
  "node-controller": [
    rule(`delete patch update ${READ}`, "core", "nodes"),
    rule("patch update", "core", "nodes/status"),
    rule("patch update", "core", "pods/status"),
    rule(`delete ${READ}`, "core", "pods"),
    eventsRule,
  ],
  "pod-garbage-collector": [rule("delete list watch", "core", "pods"), rule(READ, "core", "nodes"), rule("patch", "core", "pods/status")],
  "replicaset-controller": [
    rule(`update ${READ}`, APPS, "replicasets"),
    rule("update", APPS, "replicasets/status"),
    rule("update", APPS, "replicasets/finalizers"),
    rule("create delete list patch watch", "core", "pods"),
    eventsRule,
  ],
  "replication-controller": [
    rule(`update ${READ}`, "core", "replicationcontrollers"),
    rule("update", "core", "replicationcontrollers/status"),
    rule("update", "core", "replicationcontrollers/finalizers"),
    rule("create delete list patch watch", "core", "pods"),
    eventsRule,
  ],
  "root-ca-cert-publisher": [rule("create update", "core", "configmaps"), eventsRule],
  "service-account-controller": [rule("create", "core", "serviceaccounts"), eventsRule],
  "serviceaccount-token-controller": [rule(`delete update ${READ}`, "core", "secrets"), rule(READ, "core", "serviceaccounts"), eventsRule],
  "service-controller": [
    rule(READ, "core", "services"),
    rule("patch update", "core", "services/status"),
    rule("list watch", "core", "nodes"),
    eventsRule,
  ],
};

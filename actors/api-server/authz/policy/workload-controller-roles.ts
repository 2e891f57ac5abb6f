// What the controllers of workloads may do. upstream: bootstrappolicy/controller_policy.go
import type { PolicyRule } from "../rules.ts";
import { APPS, BATCH, DISCOVERY, NETWORKING, READ, RESOURCE, eventsRule, rule } from "./rule.ts";

const ALL = `create delete patch update ${READ}`;

/** By the controller's service account. */
export const WORKLOAD_CONTROLLER_RULES: { readonly [serviceAccount: string]: readonly PolicyRule[] } = {
  "cronjob-controller": [
    rule(`update ${READ}`, BATCH, "cronjobs"),
    rule(ALL, BATCH, "jobs"),
    rule("update", BATCH, "cronjobs/status"),
    rule("update", BATCH, "cronjobs/finalizers"),
    rule("delete list", "core", "pods"),
    eventsRule,
  ],
  "daemon-set-controller": [
    rule(READ, APPS, "daemonsets"),
    rule("update", APPS, "daemonsets/status"),
    rule("update", APPS, "daemonsets/finalizers"),
    rule("list watch", "core", "nodes"),
    rule("create delete list patch watch", "core", "pods"),
    rule("create", "core", "pods/binding"),
    rule(ALL, APPS, "controllerrevisions"),
    eventsRule,
  ],
  "device-taint-eviction-controller": [
    rule(`delete ${READ}`, "core", "pods"),
    rule("patch", "core", "pods/status"),
    rule(READ, RESOURCE, "deviceclasses resourceclaims resourceslices"),
    eventsRule,
  ],
  "disruption-controller": [
    rule(READ, APPS, "deployments replicasets statefulsets"),
    rule(READ, "core", "replicationcontrollers"),
    rule(READ, "policy", "poddisruptionbudgets"),
    rule("update", "policy", "poddisruptionbudgets/status"),
    rule(READ, "core", "pods"),
    rule("patch update", "core", "pods/status"),
    rule("get", "*", "*/scale"),
    eventsRule,
  ],
  "endpointslicemirroring-controller": [
    rule(READ, "core", "endpoints services"),
    rule("update", "core", "endpoints/finalizers services/finalizers"),
    rule("create", "core", "endpoints/restricted"),
    rule(`create delete update ${READ}`, DISCOVERY, "endpointslices"),
    rule("create", DISCOVERY, "endpointslices/restricted"),
    eventsRule,
  ],
  "horizontal-pod-autoscaler": [
    rule(READ, "autoscaling", "horizontalpodautoscalers"),
    rule("update", "autoscaling", "horizontalpodautoscalers/status"),
    rule("get update", "*", "*/scale"),
    rule("list", "core", "pods"),
    rule("list", "metrics.k8s.io", "pods"),
    rule("get list", "custom.metrics.k8s.io", "*"),
    rule("get list", "external.metrics.k8s.io", "*"),
    eventsRule,
  ],
  "job-controller": [
    rule(`patch update ${READ}`, BATCH, "jobs"),
    rule("update", BATCH, "jobs/status"),
    rule("update", BATCH, "jobs/finalizers"),
    rule("create delete list patch watch", "core", "pods"),
    eventsRule,
  ],
  "resource-claim-controller": [
    rule(READ, "core", "pods"),
    rule("update", "core", "pods/finalizers"),
    rule(`create delete ${READ}`, RESOURCE, "resourceclaims"),
    rule(READ, RESOURCE, "resourceclaimtemplates"),
    rule("patch update", RESOURCE, "resourceclaims resourceclaims/status"),
    rule("patch update", "core", "pods/status"),
    eventsRule,
  ],
  "resourcequota-controller": [rule("list watch", "*", "*"), rule("update", "core", "resourcequotas/status"), eventsRule],
  "route-controller": [rule("list watch", "core", "nodes"), rule("patch", "core", "nodes/status"), eventsRule],
  "service-cidrs-controller": [
    rule(`patch update ${READ}`, NETWORKING, "servicecidrs"),
    rule("patch update", NETWORKING, "servicecidrs/finalizers"),
    rule("patch update", NETWORKING, "servicecidrs/status"),
    rule(READ, NETWORKING, "ipaddresses"),
    eventsRule,
  ],
  "statefulset-controller": [
    rule("list watch", "core", "pods"),
    rule(READ, APPS, "statefulsets"),
    rule("update", APPS, "statefulsets/status"),
    rule("update", APPS, "statefulsets/finalizers"),
    rule("create delete get patch update", "core", "pods"),
    rule(ALL, APPS, "controllerrevisions"),
    rule("create delete get list patch update watch", "core", "persistentvolumeclaims"),
    eventsRule,
  ],
  "ttl-after-finished-controller": [rule(`delete ${READ}`, BATCH, "jobs"), eventsRule],
  "ttl-controller": [rule("list patch update watch", "core", "nodes"), eventsRule],
};

import type { PolicyRule } from "../rules.ts";
import { AUTHENTICATION, AUTHORIZATION, COORDINATION, READ, rule } from "./rule.ts";

/** What a node may do where the node authorizer knows nothing narrower. upstream: bootstrappolicy/policy.go NodeRules */
export const NODE_RULES: readonly PolicyRule[] = [
  rule("create", AUTHENTICATION, "tokenreviews"),
  rule("create", AUTHORIZATION, "subjectaccessreviews localsubjectaccessreviews"),
  rule(READ, "core", "services"),
  rule(`create ${READ}`, "core", "nodes"),
  rule("patch update", "core", "nodes/status"),
  rule("patch update", "core", "nodes"),
  rule("create patch update", "core", "events"),
  rule(READ, "core", "pods"),
  rule("create delete", "core", "pods"),
  rule("patch update", "core", "pods/status"),
  rule("create", "core", "pods/eviction"),
  rule(READ, "core", "secrets configmaps"),
  rule("get", "core", "persistentvolumeclaims persistentvolumes"),
  rule("get", "core", "endpoints"),
  rule(`create ${READ}`, "certificates.k8s.io", "certificatesigningrequests"),
  rule("create delete get patch update", COORDINATION, "leases"),
  rule("get", "storage.k8s.io", "volumeattachments"),
  rule("create", "core", "serviceaccounts/token"),
  rule("get patch update", "core", "persistentvolumeclaims/status"),
  rule(READ, "storage.k8s.io", "csidrivers"),
  rule("create delete get patch update", "storage.k8s.io", "csinodes"),
  rule(READ, "node.k8s.io", "runtimeclasses"),
];

// What the controllers of storage, certificates and policies may do. upstream: bootstrappolicy/controller_policy.go
import type { PolicyRule } from "../rules.ts";
import { ADMISSION, AUTHORIZATION, CERTIFICATES, READ, STORAGE, eventsRule, rule } from "./rule.ts";

const SIGNERS =
  "kubernetes.io/kube-apiserver-client kubernetes.io/kube-apiserver-client-kubelet kubernetes.io/kubelet-serving kubernetes.io/legacy-unknown";

/** By the controller's service account. */
export const STORAGE_CONTROLLER_RULES: { readonly [serviceAccount: string]: readonly PolicyRule[] } = {
  "attachdetach-controller": [
    rule("list watch", "core", "persistentvolumeclaims persistentvolumes"),
    rule(READ, "core", "nodes"),
    rule("patch update", "core", "nodes/status"),
    rule("list watch", "core", "pods"),
    rule(`create delete patch ${READ}`, STORAGE, "volumeattachments"),
    rule(READ, STORAGE, "csidrivers csinodes"),
    eventsRule,
  ],
  "certificate-controller": [
    rule(`delete ${READ}`, CERTIFICATES, "certificatesigningrequests"),
    rule("update", CERTIFICATES, "certificatesigningrequests/approval certificatesigningrequests/status"),
    rule("approve", CERTIFICATES, "signers", "kubernetes.io/kube-apiserver-client-kubelet"),
    rule("sign", CERTIFICATES, "signers", SIGNERS),
    rule("create", AUTHORIZATION, "subjectaccessreviews"),
    eventsRule,
  ],
  "ephemeral-volume-controller": [
    rule(READ, "core", "pods"),
    rule("update", "core", "pods/finalizers"),
    rule(`create ${READ}`, "core", "persistentvolumeclaims"),
    eventsRule,
  ],
  "expand-controller": [
    rule(`patch update ${READ}`, "core", "persistentvolumes"),
    rule("patch update", "core", "persistentvolumeclaims/status"),
    rule(READ, "core", "persistentvolumeclaims"),
    rule(READ, STORAGE, "storageclasses"),
    eventsRule,
  ],
  "persistent-volume-binder": [
    rule(`create delete update ${READ}`, "core", "persistentvolumes"),
    rule("update", "core", "persistentvolumes/status"),
    rule(`update ${READ}`, "core", "persistentvolumeclaims"),
    rule("update", "core", "persistentvolumeclaims/status"),
    rule(`create delete ${READ}`, "core", "pods"),
    rule(READ, STORAGE, "storageclasses"),
    rule("get", "core", "nodes"),
    eventsRule,
  ],
  "pv-protection-controller": [rule(`update ${READ}`, "core", "persistentvolumes"), eventsRule],
  "pvc-protection-controller": [rule(`update ${READ}`, "core", "persistentvolumeclaims"), rule(READ, "core", "pods"), eventsRule],
  "validatingadmissionpolicy-status-controller": [
    rule(READ, ADMISSION, "validatingadmissionpolicies"),
    rule("get patch update", ADMISSION, "validatingadmissionpolicies/status"),
    eventsRule,
  ],
  "volumeattributesclass-protection-controller": [
    rule(READ, "core", "persistentvolumeclaims persistentvolumes"),
    rule(`patch update ${READ}`, STORAGE, "volumeattributesclasses"),
    eventsRule,
  ],
};

// The admission plugins in the order in which they run. upstream: pkg/kubeapiserver/options/plugins.go AllOrderedPlugins
import { certificateRequestor } from "./plugins/certificate-requestor.ts";
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from "./plugins/certificate-signers.ts";
import { claimResize } from "./plugins/claim-resize.ts";
import { defaultIngressClass, defaultStorageClass } from "./plugins/default-classes.ts";
import { defaultTolerationSeconds } from "./plugins/default-toleration-seconds.ts";
import { limitRanger } from "./limits/limit-ranger.ts";
import { namespaceLifecycle } from "./plugins/namespace-lifecycle.ts";
import { nodeRestriction } from "./plugins/node-restriction.ts";
import { ownerReferencesPermission } from "./plugins/owner-references.ts";
import type { Plugin } from "./plugin.ts";
import { podSecurity } from "./pod-security/pod-security.ts";
import { mutatingAdmissionPolicy } from "./policies/mutating.ts";
import { validatingAdmissionPolicy } from "./policies/validating.ts";
import { podTopologyLabels } from "./plugins/pod-topology-labels.ts";
import { priority } from "./plugins/priority.ts";
import { resourceQuota } from "./plugins/resource-quota.ts";
import { runtimeClass } from "./plugins/runtime-class.ts";
import { serviceAccount } from "./plugins/service-account.ts";
import { storageObjectInUseProtection } from "./plugins/storage-in-use.ts";
import { taintNodesByCondition } from "./plugins/taint-nodes-by-condition.ts";
import { mutatingAdmissionWebhook } from "./webhooks/mutating.ts";
import { validatingAdmissionWebhook } from "./webhooks/validating.ts";

export const plugins: readonly Plugin[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  nodeRestriction,
  taintNodesByCondition,
  podSecurity,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  storageObjectInUseProtection,
  ownerReferencesPermission,
  claimResize,
  runtimeClass,
  certificateRequestor,
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
  defaultIngressClass,
  podTopologyLabels,
  mutatingAdmissionPolicy,
  mutatingAdmissionWebhook,
  validatingAdmissionPolicy,
  validatingAdmissionWebhook,
  resourceQuota,
];

// THE table of kinds. Routes, discovery, OpenAPI, columns, RBAC names and storage keys derive from it: a new kind is one
// file and one entry here. The order is the order of discovery.
import type { Kind } from "#api/kind.ts";
import { mutatingAdmissionPolicyBindings } from "#api/admissionregistration/v1/mutating-admission-policy-binding.ts";
import { mutatingAdmissionPolicies } from "#api/admissionregistration/v1/mutating-admission-policy.ts";
import { mutatingWebhookConfigurations } from "#api/admissionregistration/v1/mutating-webhook-configuration.ts";
import { validatingAdmissionPolicyBindings } from "#api/admissionregistration/v1/validating-admission-policy-binding.ts";
import { validatingAdmissionPolicies } from "#api/admissionregistration/v1/validating-admission-policy.ts";
import { validatingWebhookConfigurations } from "#api/admissionregistration/v1/validating-webhook-configuration.ts";
import { customResourceDefinitions } from "#api/apiextensions/v1/custom-resource-definition.ts";
import { apiServices } from "#api/apiregistration/v1/api-service.ts";
import { controllerRevisions } from "#api/apps/v1/controller-revision.ts";
import { daemonSets } from "#api/apps/v1/daemon-set.ts";
import { deployments } from "#api/apps/v1/deployment.ts";
import { replicaSets } from "#api/apps/v1/replica-set.ts";
import { statefulSets } from "#api/apps/v1/stateful-set.ts";
import { selfSubjectReviews } from "#api/authentication/v1/self-subject-review.ts";
import { tokenReviews } from "#api/authentication/v1/token-review.ts";
import { localSubjectAccessReviews } from "#api/authorization/v1/local-subject-access-review.ts";
import { selfSubjectAccessReviews } from "#api/authorization/v1/self-subject-access-review.ts";
import { selfSubjectRulesReviews } from "#api/authorization/v1/self-subject-rules-review.ts";
import { subjectAccessReviews } from "#api/authorization/v1/subject-access-review.ts";
import { olderHorizontalPodAutoscalers } from "#api/autoscaling/v1/horizontal-pod-autoscaler.ts";
import { horizontalPodAutoscalers } from "#api/autoscaling/v2/horizontal-pod-autoscaler.ts";
import { cronJobs } from "#api/batch/v1/cron-job.ts";
import { jobs } from "#api/batch/v1/job.ts";
import { certificateSigningRequests } from "#api/certificates/v1/certificate-signing-request.ts";
import { leases } from "#api/coordination/v1/lease.ts";
import { bindings } from "#api/core/v1/binding.ts";
import { componentStatuses } from "#api/core/v1/component-status.ts";
import { configMaps } from "#api/core/v1/config-map.ts";
import { endpoints } from "#api/core/v1/endpoints.ts";
import { events } from "#api/core/v1/event.ts";
import { limitRanges } from "#api/core/v1/limit-range.ts";
import { namespaces } from "#api/core/v1/namespace.ts";
import { nodes } from "#api/core/v1/node.ts";
import { persistentVolumeClaims } from "#api/core/v1/persistent-volume-claim.ts";
import { persistentVolumes } from "#api/core/v1/persistent-volume.ts";
import { podTemplates } from "#api/core/v1/pod-template.ts";
import { pods } from "#api/core/v1/pod.ts";
import { replicationControllers } from "#api/core/v1/replication-controller.ts";
import { resourceQuotas } from "#api/core/v1/resource-quota.ts";
import { secrets } from "#api/core/v1/secret.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import { services } from "#api/core/v1/service.ts";
import { endpointSlices } from "#api/discovery/v1/endpoint-slice.ts";
import { eventsV1 } from "#api/events/v1/event.ts";
import { flowSchemas } from "#api/flowcontrol/v1/flow-schema.ts";
import { priorityLevelConfigurations } from "#api/flowcontrol/v1/priority-level-configuration.ts";
import { ingressClasses } from "#api/networking/v1/ingress-class.ts";
import { ingresses } from "#api/networking/v1/ingress.ts";
import { ipAddresses } from "#api/networking/v1/ip-address.ts";
import { networkPolicies } from "#api/networking/v1/network-policy.ts";
import { serviceCidrs } from "#api/networking/v1/service-cidr.ts";
import { runtimeClasses } from "#api/node/v1/runtime-class.ts";
import { podDisruptionBudgets } from "#api/policy/v1/pod-disruption-budget.ts";
import { clusterRoleBindings } from "#api/rbac/v1/cluster-role-binding.ts";
import { clusterRoles } from "#api/rbac/v1/cluster-role.ts";
import { roleBindings } from "#api/rbac/v1/role-binding.ts";
import { roles } from "#api/rbac/v1/role.ts";
import { deviceClasses } from "#api/resource/v1/device-class.ts";
import { resourceClaimTemplates } from "#api/resource/v1/resource-claim-template.ts";
import { resourceClaims } from "#api/resource/v1/resource-claim.ts";
import { resourceSlices } from "#api/resource/v1/resource-slice.ts";
import { priorityClasses } from "#api/scheduling/v1/priority-class.ts";
import { csiDrivers } from "#api/storage/v1/csi-driver.ts";
import { csiNodes } from "#api/storage/v1/csi-node.ts";
import { csiStorageCapacities } from "#api/storage/v1/csi-storage-capacity.ts";
import { storageClasses } from "#api/storage/v1/storage-class.ts";
import { volumeAttachments } from "#api/storage/v1/volume-attachment.ts";
import { volumeAttributesClasses } from "#api/storage/v1/volume-attributes-class.ts";

// The cast drops what type an entry's objects have: the server hands each entry its own objects only.
/** Every served kind, one entry each. */
export const kinds = [
  namespaces,
  nodes,
  pods,
  services,
  endpoints,
  configMaps,
  secrets,
  serviceAccounts,
  events,
  podTemplates,
  replicationControllers,
  persistentVolumes,
  persistentVolumeClaims,
  resourceQuotas,
  limitRanges,
  bindings,
  componentStatuses,
  replicaSets,
  deployments,
  statefulSets,
  daemonSets,
  controllerRevisions,
  jobs,
  cronJobs,
  leases,
  endpointSlices,
  eventsV1,
  roles,
  roleBindings,
  clusterRoles,
  clusterRoleBindings,
  runtimeClasses,
  priorityClasses,
  ingresses,
  ingressClasses,
  networkPolicies,
  ipAddresses,
  serviceCidrs,
  podDisruptionBudgets,
  horizontalPodAutoscalers,
  olderHorizontalPodAutoscalers,
  certificateSigningRequests,
  storageClasses,
  volumeAttachments,
  volumeAttributesClasses,
  csiDrivers,
  csiNodes,
  csiStorageCapacities,
  deviceClasses,
  resourceClaims,
  resourceClaimTemplates,
  resourceSlices,
  flowSchemas,
  priorityLevelConfigurations,
  apiServices,
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
  customResourceDefinitions,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  tokenReviews,
  selfSubjectReviews,
  subjectAccessReviews,
  selfSubjectAccessReviews,
  localSubjectAccessReviews,
  selfSubjectRulesReviews,
] as readonly unknown[] as readonly Kind[];

/** A group and one of its versions. */
export type GroupVersion = { readonly group: string; readonly version: string };

const place = (group: string, version: string, name: string): string => `${group}/${version}/${name}`;
const byResource = new Map(kinds.map((kind) => [place(kind.group, kind.version, kind.resource), kind]));
const byGvk = new Map(kinds.map((kind) => [place(kind.group, kind.version, kind.kind), kind]));

/** The kind that a path names by its plural, if it is served. */
export const kindOf = (group: string, version: string, resource: string): Kind | undefined =>
  byResource.get(place(group, version, resource));

/** The kind that an object names by apiVersion and kind, if it is served. */
export const kindByGvk = (group: string, version: string, kind: string): Kind | undefined => byGvk.get(place(group, version, kind));

/** Every served group and version once, in discovery order. */
export const groupVersions: readonly GroupVersion[] = [
  ...new Map(kinds.map(({ group, version }) => [`${group}/${version}`, { group, version }])).values(),
];

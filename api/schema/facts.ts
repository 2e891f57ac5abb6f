// What the generated schemas lack: how lists and maps merge, and which texts are quantities or instants with microseconds.
// A list that stands nowhere in the table is atomic. upstream: api/openapi-spec/swagger.json (x-kubernetes-list-type,
// x-kubernetes-patch-strategy, …), which a test compares with this table.

/** How the items of a list are told apart, and what a strategic merge patch does with the field. */
export type ListFact = {
  /** undefined: the field is not a list, it has only a patch strategy. */
  readonly list?: "atomic" | "set" | "map" | undefined;
  /** The keys that make an item of a "map" list unique. */
  readonly keys?: readonly string[];
  readonly patch?: "merge" | "replace" | "retainKeys" | "merge,retainKeys";
  /** The one key by which a strategic merge patch finds an item; a merged list without it is of plain values. */
  readonly mergeKey?: string;
};

const keyed = (...keys: readonly string[]): ListFact => ({ list: "map", keys });
const merged = (mergeKey: string, ...more: readonly string[]): ListFact => ({
  list: "map",
  keys: [mergeKey, ...more],
  patch: "merge",
  mergeKey,
});
const retained = (mergeKey: string): ListFact => ({ list: "map", keys: [mergeKey], patch: "merge,retainKeys", mergeKey });
const mergedAtomic = (mergeKey: string): ListFact => ({ list: "atomic", patch: "merge", mergeKey });
const set: ListFact = { list: "set" };
const mergedSet: ListFact = { list: "set", patch: "merge" };

type Facts = { readonly [model: string]: { readonly [field: string]: ListFact } };

const container = {
  env: merged("name"),
  ports: merged("containerPort", "protocol"),
  volumeDevices: merged("devicePath"),
  volumeMounts: merged("mountPath"),
};

const LISTS: Facts = {
  V1APIServiceSpec: { caBundle: { list: "atomic" } }, // bytes, which upstream calls a list
  V1APIServiceStatus: { conditions: merged("type") },
  V1AllocatedDeviceStatus: { conditions: keyed("type") },
  V1CSIDriverSpec: { volumeLifecycleModes: set },
  V1CSINodeSpec: { drivers: merged("name") },
  V1CertificateSigningRequestStatus: { conditions: keyed("type") },
  V1ComponentStatus: { conditions: merged("type") },
  V1Container: container,
  V1ContainerRestartRuleOnExitCodes: { values: set },
  V1ContainerStatus: { allocatedResourcesStatus: merged("name"), volumeMounts: merged("mountPath") },
  V1CustomResourceDefinitionStatus: { conditions: keyed("type") },
  V1DaemonSetStatus: { conditions: merged("type") },
  V1DeploymentSpec: { strategy: { patch: "retainKeys" } },
  V1DeploymentStatus: { conditions: merged("type") },
  V1Endpoint: { addresses: set },
  V1EphemeralContainer: container,
  V1FlowSchemaStatus: { conditions: merged("type") },
  V1JSONSchemaProps: { "x-kubernetes-validations": merged("rule") },
  V1JobStatus: { conditions: mergedAtomic("type") },
  V1MutatingAdmissionPolicySpec: { matchConditions: merged("name") },
  V1MutatingWebhook: { matchConditions: merged("name") },
  V1MutatingWebhookConfiguration: { webhooks: merged("name") },
  V1NamespaceStatus: { conditions: merged("type") },
  V1NodeAllocatableResourceClaimStatus: { containers: set },
  V1NodeSpec: { podCIDRs: mergedSet },
  V1NodeStatus: { addresses: merged("type"), conditions: merged("type") },
  V1NonResourcePolicyRule: { nonResourceURLs: set, verbs: set },
  V1ObjectMeta: { finalizers: mergedSet, ownerReferences: merged("uid") },
  V1PersistentVolumeClaimStatus: { conditions: merged("type") },
  V1PodDisruptionBudgetSpec: { selector: { patch: "replace" } },
  V1PodDisruptionBudgetStatus: { conditions: merged("type") },
  V1PodFailurePolicyOnExitCodesRequirement: { values: set },
  V1PodSpec: {
    containers: merged("name"),
    ephemeralContainers: merged("name"),
    hostAliases: merged("ip"),
    imagePullSecrets: merged("name"),
    initContainers: merged("name"),
    resourceClaims: retained("name"),
    schedulingGates: merged("name"),
    topologySpreadConstraints: merged("topologyKey", "whenUnsatisfiable"),
    volumes: retained("name"),
  },
  V1PodStatus: {
    conditions: merged("type"),
    hostIPs: mergedAtomic("ip"),
    podIPs: merged("ip"),
    resourceClaimStatuses: retained("name"),
  },
  V1PriorityLevelConfigurationStatus: { conditions: merged("type") },
  V1ReplicaSetStatus: { conditions: merged("type") },
  V1ReplicationControllerStatus: { conditions: merged("type") },
  V1ResourceClaimStatus: { devices: keyed("driver", "device", "pool", "shareID"), reservedFor: merged("uid") },
  V1ResourcePolicyRule: { apiGroups: set, namespaces: set, resources: set, verbs: set },
  V1ResourceRequirements: { claims: keyed("name") },
  V1ResourceStatus: { resources: keyed("resourceID") },
  V1ServiceAccount: { secrets: merged("name") },
  V1ServiceCIDRStatus: { conditions: merged("type") },
  V1ServiceSpec: { ports: merged("port", "protocol") },
  V1ServiceStatus: { conditions: merged("type") },
  V1StatefulSetStatus: { conditions: merged("type") },
  V1UncountedTerminatedPods: { failed: set, succeeded: set },
  V1ValidatingAdmissionPolicyBindingSpec: { validationActions: set },
  V1ValidatingAdmissionPolicySpec: { matchConditions: merged("name"), variables: merged("name") },
  V1ValidatingAdmissionPolicyStatus: { conditions: keyed("type") },
  V1ValidatingWebhook: { matchConditions: merged("name") },
  V1ValidatingWebhookConfiguration: { webhooks: merged("name") },
  V2HorizontalPodAutoscalerStatus: { conditions: merged("type") },
};

/** Objects of these models are replaced as a whole by server-side apply. upstream: x-kubernetes-map-type: atomic */
const ATOMIC_MODELS: ReadonlySet<string> = new Set(
  `CoreV1EndpointPort DiscoveryV1EndpointPort RbacV1Subject V1ConfigMapKeySelector V1CrossVersionObjectReference V1EndpointAddress
  V1FileKeySelector V1LabelSelector V1LocalObjectReference V1MatchResources V1NamedRuleWithOperations V1NodeSelector V1NodeSelectorTerm
  V1ObjectFieldSelector V1ObjectReference V1OwnerReference V1ParamKind V1ParamRef V1ResourceFieldSelector V1RoleRef V1ScopeSelector
  V1SecretKeySelector V1SecretReference V1ServiceBackendPort V1TopologySelectorTerm V1TypedLocalObjectReference V1Variable`.split(/\s+/),
);

const MAP_TYPES: { readonly [field: string]: "atomic" | "granular" } = {
  "V1PersistentVolumeClaimStatus.allocatedResourceStatuses": "granular",
  "V1PersistentVolumeSpec.claimRef": "granular",
  "V1PodSpec.nodeSelector": "atomic",
  "V1ReplicationControllerSpec.selector": "atomic",
  "V1Scheduling.nodeSelector": "atomic",
  "V1ServiceSpec.selector": "atomic",
};

const fieldsOf = (table: { readonly [model: string]: string }): ReadonlySet<string> =>
  new Set(Object.entries(table).flatMap(([model, fields]) => fields.split(" ").map((field) => `${model}.${field}`)));

const QUANTITIES = fieldsOf({
  V1CSIStorageCapacity: "capacity maximumVolumeSize",
  V1CapacityRequestPolicy: "default validValues",
  V1CapacityRequestPolicyRange: "max min step",
  V1CapacityRequirements: "requests",
  V1ContainerStatus: "allocatedResources",
  V1Counter: "value",
  V1DeviceCapacity: "value",
  V1DeviceRequestAllocationResult: "consumedCapacity",
  V1EmptyDirVolumeSource: "sizeLimit",
  V1LimitRangeItem: "default defaultRequest max maxLimitRequestRatio min",
  V1NodeAllocatableResourceClaimStatus: "resources",
  V1NodeAllocatableResourceMapping: "allocationMultiplier",
  V1NodeStatus: "allocatable capacity",
  V1Overhead: "podFixed",
  V1PersistentVolumeClaimStatus: "allocatedResources capacity",
  V1PersistentVolumeSpec: "capacity",
  V1PodSpec: "overhead",
  V1PodStatus: "allocatedResources",
  V1ResourceFieldSelector: "divisor",
  V1ResourceQuotaSpec: "hard",
  V1ResourceQuotaStatus: "hard used",
  V1ResourceRequirements: "limits requests",
  V1VolumeResourceRequirements: "limits requests",
  V2HPAScalingRules: "tolerance",
  V2MetricTarget: "averageValue value",
  V2MetricValueStatus: "averageValue value",
});

const MICRO_TIMES = fieldsOf({
  CoreV1Event: "eventTime",
  CoreV1EventSeries: "lastObservedTime",
  EventsV1Event: "eventTime",
  EventsV1EventSeries: "lastObservedTime",
  V1LeaseSpec: "acquireTime renewTime",
});

/** What upstream calls the values of fields that hold any JSON. */
const ANY_TYPES: { readonly [field: string]: string } = {
  "V1AllocatedDeviceStatus.data": "RawExtension",
  "V1ControllerRevision.data": "RawExtension",
  "V1CustomResourceSubresources.status": "CustomResourceSubresourceStatus",
  "V1JSONSchemaProps.additionalItems": "JSONSchemaPropsOrBool",
  "V1JSONSchemaProps.additionalProperties": "JSONSchemaPropsOrBool",
  "V1JSONSchemaProps.default": "JSON",
  "V1JSONSchemaProps.dependencies": "JSONSchemaPropsOrStringArray",
  "V1JSONSchemaProps.enum": "JSON",
  "V1JSONSchemaProps.example": "JSON",
  "V1JSONSchemaProps.items": "JSONSchemaPropsOrArray",
  "V1ManagedFieldsEntry.fieldsV1": "FieldsV1",
  "V1OpaqueDeviceConfiguration.parameters": "RawExtension",
  "V1WatchEvent.object": "RawExtension",
};

/** What is known of a field's list or patch strategy; undefined for a field that has neither and for a list that is atomic. */
export const listFact = (model: string, field: string): ListFact | undefined => {
  const facts = Object.hasOwn(LISTS, model) ? LISTS[model] : undefined;
  return facts !== undefined && Object.hasOwn(facts, field) ? facts[field] : undefined;
};

/** The type of a field that is a list. undefined: upstream gives it none, as the items of a List. */
export const listType = (model: string, field: string): ListFact["list"] => {
  const isUntyped = (field === "items" && model.endsWith("List")) || (model === "V1APIResource" && field === "verbs");
  return listFact(model, field)?.list ?? (isUntyped ? undefined : "atomic");
};

/** How server-side apply treats an object: a field's own word counts before its model's. undefined: field by field. */
export const fieldMapType = (model: string, field: string): "atomic" | "granular" | undefined => MAP_TYPES[`${model}.${field}`];

/** Whether objects of the model are replaced as a whole by server-side apply. */
export const isAtomicModel = (model: string): boolean => ATOMIC_MODELS.has(model);

/** Whether the field, its list's items or its map's values are quantities, which may be written as numbers or texts. */
export const isQuantity = (model: string, field: string): boolean => QUANTITIES.has(`${model}.${field}`);

/** Whether the field is an instant with microseconds; other instants have seconds. */
export const isMicroTime = (model: string, field: string): boolean => MICRO_TIMES.has(`${model}.${field}`);

/** The name of the type of a field that holds any JSON; undefined for other fields. */
export const anyType = (model: string, field: string): string | undefined => ANY_TYPES[`${model}.${field}`];

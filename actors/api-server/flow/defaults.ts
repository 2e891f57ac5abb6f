// The priority levels and flow schemas that every cluster begins with. `exempt` and `catch-all` must exist; the others are
// suggestions that an administrator may change or delete.
// upstream: apiserver/pkg/apis/flowcontrol/bootstrap/default.go
import type { FlowcontrolV1Subject, V1PolicyRulesWithSubjects, V1ResourcePolicyRule } from "#api/generated/types.ts";
import type { FlowSchema } from "#api/flowcontrol/v1/flow-schema.ts";
import type { PriorityLevelConfiguration } from "#api/flowcontrol/v1/priority-level-configuration.ts";

/** Annotation of what the server made: it may be brought up to date as long as it stands. */
const AUTO_UPDATE = { "apf.kubernetes.io/autoupdate-spec": "true" };

const EVERYBODY = ["system:unauthenticated", "system:authenticated"];
const ALL_RESOURCES: V1ResourcePolicyRule = { verbs: ["*"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"], clusterScope: true };
const ALL_PATHS = { verbs: ["*"], nonResourceURLs: ["*"] };

const groups = (...names: readonly string[]): readonly FlowcontrolV1Subject[] => names.map((name) => ({ kind: "Group", group: { name } }));
const user = (name: string): FlowcontrolV1Subject => ({ kind: "User", user: { name } });
const kubeSystem = (name: string): FlowcontrolV1Subject => ({
  kind: "ServiceAccount",
  serviceAccount: { name, namespace: "kube-system" },
});
const leader = (group: string, resources: readonly string[], namespace = "*"): V1ResourcePolicyRule => ({
  verbs: ["get", "create", "update"],
  apiGroups: [group],
  resources,
  namespaces: [namespace],
});

type Queuing = { readonly shares: number; readonly lendable: number; readonly queues: number; readonly handSize: number };

const queued = (name: string, { shares, lendable, queues, handSize }: Queuing): PriorityLevelConfiguration => ({
  metadata: { name, annotations: AUTO_UPDATE },
  spec: {
    type: "Limited",
    limited: {
      nominalConcurrencyShares: shares,
      lendablePercent: lendable,
      limitResponse: { type: "Queue", queuing: { queues, handSize, queueLengthLimit: 50 } },
    },
  },
});

/** The priority levels without which no request could be placed. */
const MANDATORY_LEVELS: readonly PriorityLevelConfiguration[] = [
  {
    metadata: { name: "exempt", annotations: AUTO_UPDATE },
    spec: { type: "Exempt", exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  },
  {
    metadata: { name: "catch-all", annotations: AUTO_UPDATE },
    spec: { type: "Limited", limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: "Reject" } } },
  },
];

/** The priority levels of a new cluster. */
export const PRIORITY_LEVELS: readonly PriorityLevelConfiguration[] = [
  ...MANDATORY_LEVELS,
  queued("system", { shares: 30, lendable: 33, queues: 64, handSize: 6 }),
  queued("node-high", { shares: 40, lendable: 25, queues: 64, handSize: 6 }),
  queued("leader-election", { shares: 10, lendable: 0, queues: 16, handSize: 4 }),
  queued("workload-high", { shares: 40, lendable: 50, queues: 128, handSize: 6 }),
  queued("workload-low", { shares: 100, lendable: 90, queues: 128, handSize: 6 }),
  queued("global-default", { shares: 20, lendable: 50, queues: 128, handSize: 6 }),
];

type Place = { readonly level: string; readonly precedence: number; readonly by?: "ByUser" | "ByNamespace" };

const schema = (name: string, { level, precedence, by }: Place, rule: V1PolicyRulesWithSubjects): FlowSchema => ({
  metadata: { name, annotations: AUTO_UPDATE },
  spec: {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence: precedence,
    ...(by === undefined ? {} : { distinguisherMethod: { type: by } }),
    rules: [rule],
  },
});

const everything = (name: string, place: Place, subjects: readonly FlowcontrolV1Subject[]): FlowSchema =>
  schema(name, place, { subjects, resourceRules: [ALL_RESOURCES], nonResourceRules: [ALL_PATHS] });

/** The flow schemas of a new cluster. */
export const FLOW_SCHEMAS: readonly FlowSchema[] = [
  everything("exempt", { level: "exempt", precedence: 1 }, groups("system:masters")),
  everything("catch-all", { level: "catch-all", precedence: 10_000, by: "ByUser" }, groups(...EVERYBODY)),
  schema(
    "probes",
    { level: "exempt", precedence: 2 },
    {
      subjects: groups(...EVERYBODY),
      nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/healthz", "/readyz", "/livez"] }],
    },
  ),
  schema(
    "system-leader-election",
    { level: "leader-election", precedence: 100, by: "ByUser" },
    {
      subjects: [user("system:kube-controller-manager"), user("system:kube-scheduler"), kubeSystem("*")],
      resourceRules: [leader("coordination.k8s.io", ["leases"])],
    },
  ),
  schema(
    "endpoint-controller",
    { level: "workload-high", precedence: 150, by: "ByUser" },
    {
      subjects: [
        user("system:kube-controller-manager"),
        kubeSystem("endpoint-controller"),
        kubeSystem("endpointslicemirroring-controller"),
      ],
      resourceRules: [leader("", ["endpoints"])],
    },
  ),
  schema(
    "workload-leader-election",
    { level: "leader-election", precedence: 200, by: "ByUser" },
    {
      subjects: [kubeSystem("*")],
      resourceRules: [leader("", ["endpoints", "configmaps"]), leader("coordination.k8s.io", ["leases"])],
    },
  ),
  schema(
    "system-node-high",
    { level: "node-high", precedence: 400, by: "ByUser" },
    {
      subjects: groups("system:nodes"),
      resourceRules: [
        { ...ALL_RESOURCES, apiGroups: [""], resources: ["nodes", "nodes/status"] },
        { verbs: ["*"], apiGroups: ["coordination.k8s.io"], resources: ["leases"], namespaces: ["*"] },
      ],
    },
  ),
  everything("system-nodes", { level: "system", precedence: 500, by: "ByUser" }, groups("system:nodes")),
  everything("kube-controller-manager", { level: "workload-high", precedence: 800, by: "ByNamespace" }, [
    user("system:kube-controller-manager"),
  ]),
  everything("kube-scheduler", { level: "workload-high", precedence: 800, by: "ByNamespace" }, [user("system:kube-scheduler")]),
  everything("kube-system-service-accounts", { level: "workload-high", precedence: 900, by: "ByNamespace" }, [kubeSystem("*")]),
  everything("service-accounts", { level: "workload-low", precedence: 9_000, by: "ByUser" }, groups("system:serviceaccounts")),
  everything("global-default", { level: "global-default", precedence: 9_900, by: "ByUser" }, groups(...EVERYBODY)),
];

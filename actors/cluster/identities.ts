// Who may speak as whom over NATS: one NATS user for each process, and the Kubernetes identities it acts under. Pure.

/** The controllers' service accounts in kube-system, as upstream names them. */
export const CONTROLLERS = [
  "deployment-controller",
  "replicaset-controller",
  "replication-controller",
  "cronjob-controller",
  "endpoint-controller",
  "endpointslice-controller",
  "endpointslicemirroring-controller",
  "namespace-controller",
  "node-controller",
  "generic-garbage-collector",
  "service-account-controller",
  "root-ca-cert-publisher",
  "pod-garbage-collector",
  "clusterrole-aggregation-controller",
  "customresourcedefinition-controller",
  "validatingadmissionpolicy-status-controller",
  "service-controller",
  "certificate-controller",
  "serviceaccount-token-controller",
  "token-cleaner",
  "bootstrap-signer",
  "resourcequota-controller",
  "pvc-protection-controller",
  "pv-protection-controller",
  "volumeattributesclass-protection-controller",
  "service-cidrs-controller",
] as const;

export const controllerUser = (name: string): string => `system:serviceaccount:kube-system:${name}`;

/** A NATS user: its Kubernetes identities, and whether it is the API server or a node. */
export type NatsUser = {
  readonly user: string;
  readonly identities: readonly string[];
  readonly serves: "api" | "node" | "nothing";
  readonly node?: string;
};

/** The NATS users of a cluster with these nodes. */
export const natsUsers = (nodes: readonly string[]): readonly NatsUser[] => [
  { user: "api-server", identities: [], serves: "api" },
  {
    user: "controllers",
    identities: [
      "system:kube-scheduler",
      "system:kube-controller-manager",
      "system:cloud-controller-manager",
      ...CONTROLLERS.map(controllerUser),
    ],
    serves: "nothing",
  },
  ...nodes.map((node) => ({
    user: `node-${node}`,
    identities: [`system:node:${node}`, "system:kube-proxy", "system:serviceaccount:kube-system:coredns"],
    serves: "node" as const,
    node,
  })),
];

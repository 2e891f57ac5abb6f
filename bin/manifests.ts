// What `orrery up` makes in a new cluster beside what the API server makes itself: runtime classes, cluster DNS.
import type {
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1ConfigMap,
  V1Deployment,
  V1RuntimeClass,
  V1Service,
  V1ServiceAccount,
} from "#api/generated/types.ts";
import type { KubeObject } from "#api/meta/object.ts";

const runtimeClass = (name: string): V1RuntimeClass => ({
  apiVersion: "node.k8s.io/v1",
  kind: "RuntimeClass",
  metadata: { name },
  handler: name,
});

/** Addons: actors of ours that a kubelet runs as pods. */
export const DNS_IMAGE = "orrery.dev/addons/dns:v1";

const DNS_LABELS = { "k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS" };

const dnsAccount: V1ServiceAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "coredns", namespace: "kube-system" } };

const dnsRole: V1ClusterRole = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: "system:coredns" },
  rules: [
    { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: ["list", "watch"] },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
  ],
};

const dnsBinding: V1ClusterRoleBinding = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: "system:coredns" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:coredns" },
  subjects: [{ kind: "ServiceAccount", name: "coredns", namespace: "kube-system" }],
};

const dnsDeployment: V1Deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "coredns", namespace: "kube-system", labels: DNS_LABELS },
  spec: {
    replicas: 1,
    selector: { matchLabels: { "k8s-app": "kube-dns" } },
    template: {
      metadata: { labels: { "k8s-app": "kube-dns" } },
      spec: {
        serviceAccountName: "coredns",
        runtimeClassName: "orrery",
        priorityClassName: "system-cluster-critical",
        dnsPolicy: "Default",
        tolerations: [
          { key: "CriticalAddonsOnly", operator: "Exists" },
          { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
        ],
        containers: [
          {
            name: "coredns",
            image: DNS_IMAGE,
            imagePullPolicy: "IfNotPresent",
            ports: [
              { name: "dns", containerPort: 53, protocol: "UDP" },
              { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
            ],
          },
        ],
      },
    },
  },
};

const dnsService = (clusterIP: string): V1Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "kube-dns", namespace: "kube-system", labels: DNS_LABELS },
  spec: {
    clusterIP,
    selector: { "k8s-app": "kube-dns" },
    ports: [
      { name: "dns", port: 53, protocol: "UDP" },
      { name: "dns-tcp", port: 53, protocol: "TCP" },
    ],
  },
});

/** @param dnsAddress the cluster IP of kube-dns, which stands in every pod's resolv.conf */
export const addons = (dnsAddress: string): readonly KubeObject[] => [
  ...["orrery", "shared", "dedicated", "wasmer"].map(runtimeClass),
  dnsAccount,
  dnsRole,
  dnsBinding,
  dnsService(dnsAddress),
  dnsDeployment,
];

/** What a new node must know of the cluster before it may ask for anything: its address, and its CA's certificate (PEM). upstream: kubeadm's clusterinfo */
export const clusterInfo = (server: string, certificate: string): V1ConfigMap & KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "cluster-info", namespace: "kube-public" },
  data: {
    kubeconfig: [
      "apiVersion: v1",
      "clusters:",
      "- cluster:",
      `    certificate-authority-data: ${Buffer.from(certificate).toString("base64")}`,
      `    server: ${server}`,
      '  name: ""',
      "contexts: null",
      'current-context: ""',
      "kind: Config",
      "preferences: {}",
      "users: null",
      "",
    ].join("\n"),
  },
});

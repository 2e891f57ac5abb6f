// What a pod's sandbox is made of: its name on the network and its resolver. Pure.
// upstream: pkg/kubelet/network/dns/dns.go, pkg/kubelet/kubelet_pods.go GeneratePodHostNameAndDomain
import type { V1PodDNSConfig } from "#api/generated/types.ts";
import type { SandboxConfig } from "#runtime/port.ts";
import type { BoundPod } from "./pod/containers.ts";

/** A resolver, as resolv.conf has it. */
export type Resolver = SandboxConfig["dns"];

export type NodeNetwork = {
  readonly nodeName: string;
  /** Addresses of the cluster's DNS. */
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  /** The node's own resolver. */
  readonly hostDns: Resolver;
};

const MOST_HOSTNAME = 63;

const clusterResolver = ({ clusterDns, clusterDomain, hostDns }: NodeNetwork, namespace: string): Resolver => ({
  nameservers: clusterDns,
  searches: [...new Set([`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain, ...hostDns.searches])],
  options: ["ndots:5"],
});

const NOTHING: Resolver = { nameservers: [], searches: [], options: [] };

const ofPolicy = (pod: BoundPod, node: NodeNetwork): Resolver => {
  const { dnsPolicy = "ClusterFirst", hostNetwork = false } = pod.spec;
  if (dnsPolicy === "None") return NOTHING;
  const cluster = dnsPolicy === "ClusterFirstWithHostNet" || (dnsPolicy === "ClusterFirst" && !hostNetwork);
  return cluster && node.clusterDns.length > 0 ? clusterResolver(node, pod.metadata.namespace ?? "") : node.hostDns;
};

/** Options of one name are one: the pod's own counts. */
const mergeOptions = (options: readonly string[], own: V1PodDNSConfig["options"] = []): readonly string[] => {
  const byName = new Map(options.map((option) => [option.split(":")[0] ?? option, option]));
  for (const { name = "", value } of own) byName.set(name, value === undefined ? name : `${name}:${value}`);
  return [...byName.values()];
};

const resolverOf = (pod: BoundPod, node: NodeNetwork): Resolver => {
  const { nameservers, searches, options } = ofPolicy(pod, node);
  const own = pod.spec.dnsConfig ?? {};
  return {
    nameservers: [...new Set([...nameservers, ...(own.nameservers ?? [])])],
    searches: [...new Set([...searches, ...(own.searches ?? [])])],
    options: mergeOptions(options, own.options),
  };
};

const hostnameOf = ({ metadata, spec }: BoundPod, { nodeName, clusterDomain }: NodeNetwork): string => {
  if (spec.hostnameOverride !== undefined) return spec.hostnameOverride;
  if (spec.hostNetwork === true) return nodeName;
  const short = (spec.hostname ?? metadata.name).slice(0, MOST_HOSTNAME).replace(/[-.]+$/, "");
  if (spec.setHostnameAsFQDN !== true || spec.subdomain === undefined) return short;
  return `${short}.${spec.subdomain}.${metadata.namespace ?? ""}.svc.${clusterDomain}`;
};

/** The sandbox of a pod. `handler` is its RuntimeClass's. */
export const sandboxConfig = (pod: BoundPod, handler: string, node: NodeNetwork): SandboxConfig => ({
  uid: pod.metadata.uid,
  namespace: pod.metadata.namespace ?? "",
  name: pod.metadata.name,
  handler,
  hostNetwork: pod.spec.hostNetwork === true,
  hostname: hostnameOf(pod, node),
  dns: resolverOf(pod, node),
  hosts: (pod.spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => ({ ip, hostnames })),
});

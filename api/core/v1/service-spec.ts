// What follows from a Service's type. upstream: pkg/api/v1/service/util.go
import type { V1ServiceSpec } from "#api/generated/types.ts";
import { isEmpty } from "#api/meta/check.ts";

/** Without a virtual address: names resolve to the pods themselves. */
export const isHeadless = ({ clusterIP, clusterIPs }: V1ServiceSpec): boolean =>
  clusterIPs === undefined || clusterIPs.length === 0 ? clusterIP === "None" : clusterIPs.length === 1 && clusterIPs[0] === "None";

/** It has an address in the cluster, or "None". */
export const needsClusterIp = ({ type }: V1ServiceSpec): boolean => type !== "ExternalName";

/** Its ports are open on every node. */
export const needsNodePorts = ({ type, allocateLoadBalancerNodePorts }: V1ServiceSpec): boolean =>
  type === "NodePort" || (type === "LoadBalancer" && allocateLoadBalancerNodePorts !== false);

/** Traffic from outside the cluster reaches it. upstream: ExternallyAccessible */
export const isExternallyAccessible = ({ type, externalIPs = [] }: V1ServiceSpec): boolean =>
  type === "LoadBalancer" || type === "NodePort" || (type === "ClusterIP" && externalIPs.length > 0);

/** A port of each node says whether it has endpoints there. upstream: NeedsHealthCheck */
export const needsHealthCheck = ({ type, externalTrafficPolicy }: V1ServiceSpec): boolean =>
  type === "LoadBalancer" && externalTrafficPolicy === "Local";

/** The addresses, the first of which is `clusterIP`. */
export const clusterIpsOf = ({ clusterIP, clusterIPs = [] }: V1ServiceSpec): readonly string[] =>
  clusterIPs.length > 0 || isEmpty(clusterIP) ? clusterIPs : [clusterIP];

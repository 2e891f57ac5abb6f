// Addresses and ports on this machine that a cluster gives out.
import { readFileSync } from "node:fs";
import type { ClusterNetwork } from "#lib/cluster-network.ts";
import { RANGES, type NetworkMode } from "#actors/cluster/definition.ts";

/** Nodes' own addresses, apart from pods' and Services': one for each node, by its place among the nodes. */
const NODE_PREFIX: Readonly<Record<NetworkMode, string>> = { route: "10.80.0", loopback: "127.80.0" };

/** Where Services have their addresses, with room for ServiceCIDRs beside the cluster's own. */
const SERVICE_ROOM: Readonly<Record<NetworkMode, string>> = { route: "10.96.0.0/12", loopback: "127.96.0.0/12" };

// Of pods, Services and nodes.
const clusterRanges = (mode: NetworkMode): readonly string[] => [RANGES[mode].pods, SERVICE_ROOM[mode], `${NODE_PREFIX[mode]}.0/24`];

/** The ranges that must be local to this machine. */
export const localRanges = (mode: NetworkMode): readonly string[] => (mode === "loopback" ? [] : clusterRanges(mode));

/** The address of the node at this place (0 is the control plane's). */
export const nodeAddress = (mode: NetworkMode, place: number): string => `${NODE_PREFIX[mode]}.${place + 1}`;

/** What every node knows of the cluster's network. */
export const clusterNetwork = (mode: NetworkMode): ClusterNetwork => ({ ranges: clusterRanges(mode), mayBindLow: mayBindLow() });

/** True when this process may listen on ports below 1024. */
export const mayBindLow = (): boolean => {
  if (process.getuid?.() === 0) return true;
  try {
    return Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8")) <= 53;
  } catch {
    return false;
  }
};

// Addresses on this machine that a cluster gives out. Pure.
import { RANGES, type NetworkMode } from "#actors/cluster/definition.ts";

/** Nodes' own addresses, apart from pods' and Services': one for each node, by its place among the nodes. */
const NODE_PREFIX: Readonly<Record<NetworkMode, string>> = { route: "10.80.0", loopback: "127.80.0" };

/** The ranges that must be local to this machine. */
export const localRanges = (mode: NetworkMode): readonly string[] => (mode === "loopback" ? [] : [RANGES.route.pods, RANGES.route.services, `${NODE_PREFIX.route}.0/24`]);

/** The address of the node at this place (0 is the control plane's). */
export const nodeAddress = (mode: NetworkMode, place: number): string => `${NODE_PREFIX[mode]}.${place + 1}`;

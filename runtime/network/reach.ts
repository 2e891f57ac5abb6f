// What a guest reaches when it dials an address. Pods have no network namespace of their own here, so what a namespace would
// do is done to the addresses: a pod's loopback is the pod itself, and never the machine's.
import { parseIp, unmapped, type Ip } from "#api/meta/ip.ts";
import { isInCluster, realPort, type ClusterNetwork } from "#lib/cluster-network.ts";

/** A pod's place in the network. */
export type PodNetworkView = ClusterNetwork & {
  readonly address: string;
  /** The pod uses the node's network, and so the machine's loopback. */
  readonly isHost: boolean;
};

/** An address and a port. */
export type Endpoint = { readonly address: string; readonly port: number };

const isOwn = ({ family, bytes }: Ip): boolean => {
  const zeroes = bytes.slice(0, -1).every((byte) => byte === 0);
  return family === 4 ? bytes[0] === 127 || bytes[0] === 0 : zeroes && (bytes.at(-1) ?? 0) <= 1;
};

/** Where a connection of the pod really goes. */
export const reach = ({ address, port }: Endpoint, view: PodNetworkView): Endpoint => {
  const { mayBindLow, address: own, isHost } = view;
  const ip = parseIp(address);
  if (ip === undefined) return { address, port };
  const asked = unmapped(ip);
  if (isInCluster(asked, view)) return { address, port: realPort(port, mayBindLow) };
  return isOwn(asked) && !isHost ? { address: own, port: realPort(port, mayBindLow) } : { address, port };
};

// What every part of a cluster knows of its addresses: which are the cluster's own, and where low ports of them really are.
// Ports below 1024 need a privilege on most systems. A node without it listens ten thousand higher on cluster addresses, and
// whatever connects to a cluster address from inside goes there too. Pure.
import { containsIp, parseCidr, parseIp, unmapped, type Ip } from "#api/meta/ip.ts";

/** What the nodes of a cluster have in common. */
export type ClusterNetwork = {
  /** The ranges of pods, Services and nodes. */
  readonly ranges: readonly string[];
  /** Whether ports below 1024 are listened on as they are. */
  readonly mayBindLow: boolean;
};

const PRIVILEGED = 1024;
const OFFSET = 10_000;

/** The port that is really used on a cluster address for `port`. */
export const realPort = (port: number, mayBindLow: boolean): number => (mayBindLow || port >= PRIVILEGED ? port : port + OFFSET);

/** Whether an address is the cluster's: a pod's, a Service's or a node's. */
export const isInCluster = (ip: Ip, { ranges }: Pick<ClusterNetwork, "ranges">): boolean =>
  ranges.some((range) => {
    const cidr = parseCidr(range);
    return cidr !== undefined && containsIp(cidr, ip);
  });

/** The port at which what says that it listens there really does; `host` may be a name. */
export const listeningPort = (host: string, port: number, network: ClusterNetwork): number => {
  const ip = parseIp(host);
  return ip !== undefined && isInCluster(unmapped(ip), network) ? realPort(port, network.mayBindLow) : port;
};

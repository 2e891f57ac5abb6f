// What a guest reaches when it dials an address. Pods have no network namespace of their own here, so what a namespace would
// do is done to the addresses: a pod's loopback is the pod itself, and never the machine's.
import { parseCidr, parseIp, type Cidr, type Ip } from "#api/meta/ip.ts";
import { realPort } from "./ports.ts";

/** What the nodes of a cluster have in common. */
export type ClusterNetwork = {
  /** The ranges of pods, Services and nodes. */
  readonly ranges: readonly string[];
  /** Whether ports below 1024 are listened on as they are. */
  readonly mayBindLow: boolean;
};

/** A pod's place in the network. */
export type PodNetworkView = ClusterNetwork & {
  readonly address: string;
  /** The pod uses the node's network, and so the machine's loopback. */
  readonly isHost: boolean;
};

/** An address and a port. */
export type Endpoint = { readonly address: string; readonly port: number };

const inRange = (ip: Ip, { ip: first, bits }: Cidr): boolean =>
  ip.family === first.family &&
  ip.bytes.every((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    const mask = 0xff & (0xff00 >> kept);
    return (byte & mask) === ((first.bytes[index] ?? 0) & mask);
  });

const isInCluster = (ip: Ip, ranges: readonly string[]): boolean =>
  ranges.some((range) => {
    const cidr = parseCidr(range);
    return cidr !== undefined && inRange(ip, cidr);
  });

// Of IPv6, an IPv4 address in disguise is what it stands for.
const plain = (ip: Ip): Ip => {
  const isMapped = ip.family === 6 && ip.bytes.slice(0, 10).every((byte) => byte === 0) && ip.bytes[10] === 0xff && ip.bytes[11] === 0xff;
  return isMapped ? { family: 4, bytes: ip.bytes.slice(12) } : ip;
};

const isOwn = ({ family, bytes }: Ip): boolean => {
  const zeroes = bytes.slice(0, -1).every((byte) => byte === 0);
  return family === 4 ? bytes[0] === 127 || bytes[0] === 0 : zeroes && (bytes.at(-1) ?? 0) <= 1;
};

/** Where a connection of the pod really goes. */
export const reach = ({ address, port }: Endpoint, { ranges, mayBindLow, address: own, isHost }: PodNetworkView): Endpoint => {
  const ip = parseIp(address);
  if (ip === undefined) return { address, port };
  const asked = plain(ip);
  if (isInCluster(asked, ranges)) return { address, port: realPort(port, mayBindLow) };
  return isOwn(asked) && !isHost ? { address: own, port: realPort(port, mayBindLow) } : { address, port };
};

// Gives every node a range of pod addresses that no other node has. Pure. upstream: pkg/controller/nodeipam/ipam/cidrset
import { parseCidr } from "#api/meta/ip.ts";

/** How ranges are cut: `cluster` such as `10.64.0.0/12` into ranges of `nodeBits`. */
export type Ranges = { readonly cluster: string; readonly nodeBits: number };

const toNumber = (bytes: readonly number[]): number => bytes.reduce((value, byte) => value * 256 + byte, 0);
const toText = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");

/** The first free range; undefined when all are taken. The first of all stays free, for addresses that are no node's. */
export const freeRange = ({ cluster, nodeBits }: Ranges, taken: ReadonlySet<string>): string | undefined => {
  const range = parseCidr(cluster);
  if (range === undefined || range.ip.family !== 4 || nodeBits < range.bits) return undefined;
  const base = toNumber(range.ip.bytes);
  for (let index = 1; index < 2 ** (nodeBits - range.bits); index++) {
    const candidate = `${toText(base + index * 2 ** (32 - nodeBits))}/${nodeBits}`;
    if (!taken.has(candidate)) return candidate;
  }
  return undefined;
};

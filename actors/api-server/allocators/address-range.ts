// The addresses of an IPv4 network that Services may have. Those that clients choose come from the lower band, those that
// the server chooses from the rest, so that the two seldom meet. upstream: pkg/registry/core/service/ipallocator, KEP-3070
import { parseCidr, parseIp } from "#api/meta/ip.ts";

const toNumber = (bytes: readonly number[]): number => bytes.reduce((sum, byte) => sum * 256 + byte, 0);
const toText = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");

/** The usable addresses of a network, by number. */
export type AddressRange = {
  /** The network's own address; the first usable one follows it. */
  readonly base: number;
  /** How many addresses are usable: neither the network's own nor the broadcast address. */
  readonly size: number;
  /** How many of them, from the first, are left to clients. */
  readonly staticSize: number;
};

/** The range of a network; undefined when the text is no IPv4 network with room for Services. */
export const rangeOf = (cidr: string): AddressRange | undefined => {
  const network = parseCidr(cidr);
  if (network?.ip.family !== 4 || network.bits > 30) return undefined;
  const total = 2 ** (32 - network.bits);
  const base = Math.floor(toNumber(network.ip.bytes) / total) * total;
  return { base, size: total - 2, staticSize: total <= 16 ? 0 : Math.min(Math.max(16, Math.floor(total / 16)), 256) };
};

/** Throws: when the text is no IPv4 network with room for Services. */
export const addressRange = (cidr: string): AddressRange => {
  const range = rangeOf(cidr);
  if (range === undefined) throw new Error(`no IPv4 network for Services: ${cidr}`);
  return range;
};

/** The address at a place, 0 being the first usable one. */
export const addressAt = ({ base }: AddressRange, place: number): string => toText(base + 1 + place);

/** True for a usable address of the range. */
export const inRange = ({ base, size }: AddressRange, address: string): boolean => {
  const ip = parseIp(address);
  if (ip?.family !== 4) return false;
  const place = toNumber(ip.bytes) - base - 1;
  return place >= 0 && place < size;
};

/** The addresses in the order in which they are given: from a place in the upper band round to it again, then the lower band. `start` in [0, 1). */
export function* addressesFrom(range: AddressRange, start: number): Generator<string> {
  const dynamic = range.size - range.staticSize;
  for (let step = 0; step < dynamic; step++) yield addressAt(range, range.staticSize + ((Math.floor(start * dynamic) + step) % dynamic));
  for (let place = 0; place < range.staticSize; place++) yield addressAt(range, place);
}

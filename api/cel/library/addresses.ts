// IP addresses as numbers and texts. upstream: Go's net/netip, which Kubernetes reads strictly

/** An address of 32 or 128 bits. */
export type Address = { readonly bits: 32 | 128; readonly value: bigint };

/** undefined: no address. Leading zeros, zones and IPv4 in IPv6 are none. */
export const parseAddress = (text: string): Address | undefined => (text.includes(":") ? parseLong(text) : parseShort(text));

const parseShort = (text: string): Address | undefined => {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return undefined;
  return { bits: 32, value: parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n) };
};

const parseLong = (text: string): Address | undefined => {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [front = [], back = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - front.length - back.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...front, ...Array.from({ length: missing }, () => "0"), ...back];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return { bits: 128, value: groups.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n) };
};

/** The one way to write an address. */
export const formatAddress = ({ bits, value }: Address): string => {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
  const groups = Array.from({ length: 8 }, (_, at) => ((value >> BigInt(112 - at * 16)) & 65_535n).toString(16));
  const [start, length] = longestZeros(groups);
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
};

const longestZeros = (groups: readonly string[]): readonly [start: number, length: number] => {
  let best: readonly [number, number] = [0, 0];
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === "0") length++;
    if (length > best[1]) best = [start, length];
  }
  return best;
};

// IP addresses and CIDRs as Kubernetes reads them: leading zeros in IPv4 are tolerated, zones are not.
// upstream: k8s.io/utils/net/parse.go, apimachinery/pkg/util/validation/ip.go
import { invalidValue } from "./field-error.ts";
import type { FieldError } from "./status.ts";

/** An address: 4 or 16 bytes. */
export type Ip = { readonly family: 4 | 6; readonly bytes: readonly number[] };

/** A network: its address as written, and how many leading bits are the network's. */
export type Cidr = { readonly ip: Ip; readonly bits: number };

const parseIpv4 = (text: string): readonly number[] | undefined => {
  const parts = text.split(".");
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
};

/** An IPv4 tail as the two groups it stands for: `::ffff:10.0.0.1` is `::ffff:a00:1`. Undefined: the tail is wrong. */
const withoutIpv4Tail = (text: string): string | undefined => {
  const start = text.lastIndexOf(":") + 1;
  const tail = text.slice(start);
  if (!tail.includes(".")) return text;
  const [a = 0, b = 0, c = 0, d = 0] = parseIpv4(tail) ?? [-1];
  return a < 0 ? undefined : `${text.slice(0, start)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
};

/** The 16-bit groups of one side of `::`. */
const parseGroups = (text: string): readonly number[] | undefined => {
  if (text === "") return [];
  const parts = text.split(":");
  return parts.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part)) ? parts.map((part) => Number.parseInt(part, 16)) : undefined;
};

const joinGroups = (left: readonly number[], right: readonly number[] | undefined): readonly number[] | undefined => {
  if (right === undefined) return left.length === 8 ? left : undefined;
  const gap = 8 - left.length - right.length;
  return gap < 1 ? undefined : [...left, ...Array.from({ length: gap }, () => 0), ...right];
};

const parseIpv6 = (text: string): readonly number[] | undefined => {
  const sides = withoutIpv4Tail(text)?.split("::") ?? [];
  if (sides.length < 1 || sides.length > 2) return undefined;
  const [left, right] = sides.map(parseGroups);
  if (left === undefined || (sides.length === 2 && right === undefined)) return undefined;
  return joinGroups(left, right)?.flatMap((group) => [group >> 8, group & 0xff]);
};

/** The address that a text writes, or undefined. */
export const parseIp = (text: string): Ip | undefined => {
  const family = text.includes(":") ? 6 : 4;
  const bytes = family === 4 ? parseIpv4(text) : parseIpv6(text);
  return bytes === undefined ? undefined : { family, bytes };
};

/** The network that a text writes, or undefined. */
export const parseCidr = (text: string): Cidr | undefined => {
  const [address = "", mask = "", ...rest] = text.split("/");
  const ip = parseIp(address);
  if (ip === undefined || rest.length > 0 || !/^\d{1,3}$/.test(mask)) return undefined;
  const bits = Number(mask);
  return bits <= ip.bytes.length * 8 ? { ip, bits } : undefined;
};

/** Whether the text is an IPv6 address. */
export const isIpv6 = (text: string): boolean => parseIp(text)?.family === 6;

/** A host and its port as they stand in a URL. upstream: net.JoinHostPort */
export const hostPort = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** One address of each family, or a single one. upstream: netutils.IsDualStackIPStrings */
export const isDualStack = (addresses: readonly string[]): boolean => {
  const families = new Set(addresses.map((address) => parseIp(address)?.family));
  return families.has(4) && families.has(6);
};

/** The text is an address. */
export const ipErrors = (path: string, text: string): readonly FieldError[] =>
  parseIp(text) === undefined ? [invalidValue(path, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")] : [];

/** The text is a network. */
export const cidrErrors = (path: string, text: string): readonly FieldError[] =>
  parseCidr(text) === undefined ? [invalidValue(path, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")] : [];

const isZero = ({ bytes }: Ip): boolean => bytes.every((byte) => byte === 0);

const isLinkLocal = ({ family, bytes: [a = 0, b = 0] }: Ip): boolean =>
  family === 4 ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80;

const isLinkLocalMulticast = ({ family, bytes: [a = 0, b = 0, c = 0] }: Ip): boolean =>
  family === 4 ? a === 224 && b === 0 && c === 0 : a === 0xff && (b & 0x0f) === 0x02;

/**
 * The address is one that traffic can be sent to. Upstream refuses loopback addresses as well; here they are what pods
 * have where the machine allows no other, so they pass. upstream: ValidateNonSpecialIP
 */
export const specialIpErrors = (path: string, text: string): readonly FieldError[] => {
  const ip = parseIp(text);
  if (ip === undefined) return [invalidValue(path, text, "must be a valid IP address")];
  if (isZero(ip)) return [invalidValue(path, text, `may not be unspecified (${text})`)];
  if (isLinkLocal(ip)) return [invalidValue(path, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)")];
  if (!isLinkLocalMulticast(ip)) return [];
  return [invalidValue(path, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")];
};

const isMulticast = ({ family, bytes: [a = 0] }: Ip): boolean => (family === 4 ? a >= 224 && a <= 239 : a === 0xff);

const isLoopback = ({ family, bytes }: Ip): boolean =>
  family === 4 ? bytes[0] === 127 : bytes.slice(0, -1).every((byte) => byte === 0) && bytes.at(-1) === 1;

const isBroadcast = ({ family, bytes }: Ip): boolean => family === 4 && bytes.every((byte) => byte === 255);

/** An IPv4 address in the clothes of IPv6 as what it is. */
export const unmapped = (ip: Ip): Ip => {
  const isMapped = ip.family === 6 && ip.bytes.slice(0, 10).every((byte) => byte === 0) && ip.bytes[10] === 0xff && ip.bytes[11] === 0xff;
  return isMapped ? { family: 4, bytes: ip.bytes.slice(12) } : ip;
};

/** The address is one host's, and no machine's own: a private network's too. upstream: net.IP.IsGlobalUnicast */
export const isGlobalUnicast = (address: Ip): boolean => {
  const ip = unmapped(address);
  return ![isZero, isBroadcast, isLoopback, isMulticast, isLinkLocal].some((is) => is(ip));
};

const groupsOf = ({ bytes }: Ip): readonly number[] =>
  Array.from({ length: bytes.length / 2 }, (_, at) => (bytes[at * 2] ?? 0) * 256 + (bytes[at * 2 + 1] ?? 0));

/** The longest run of two zero groups or more, the first of equals. */
const longestZeros = (groups: readonly number[]): readonly [start: number, length: number] => {
  let best: readonly [number, number] = [0, 1];
  for (let start = 0; start < groups.length; start++) {
    const end = groups.findIndex((group, at) => at >= start && group !== 0);
    const length = (end < 0 ? groups.length : end) - start;
    if (length > best[1]) best = [start, length];
  }
  return best;
};

const ipv6Text = (ip: Ip): string => {
  const groups = groupsOf(ip);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return `::ffff:${ip.bytes.slice(12).join(".")}`;
  const [start, length] = longestZeros(groups);
  const texts = groups.map((group) => group.toString(16));
  return length < 2 ? texts.join(":") : `${texts.slice(0, start).join(":")}::${texts.slice(start + length).join(":")}`;
};

/** An address as it is written canonically. upstream: netip.Addr.String */
const ipText = (ip: Ip): string => (ip.family === 4 ? ip.bytes.join(".") : ipv6Text(ip));

/** The canonical text of the address that a text writes, or undefined. */
export const canonicalIp = (text: string): string | undefined => {
  const ip = parseIp(text);
  return ip === undefined ? undefined : ipText(ip);
};

/** The canonical text of the network that a text writes, the bits of hosts zero; or undefined. */
export const canonicalCidr = (text: string): string | undefined => {
  const cidr = parseCidr(text);
  if (cidr === undefined) return undefined;
  const bytes = cidr.ip.bytes.map((byte, at) => byte & (0xff00 >> Math.min(8, Math.max(0, cidr.bits - at * 8))) & 0xff);
  return `${ipText({ family: cidr.ip.family, bytes })}/${cidr.bits}`;
};

/** The leading bits of two addresses are the same. */
const agree = (a: Ip, b: Ip, bits: number): boolean =>
  a.family === b.family &&
  a.bytes.every((byte, at) => ((byte ^ (b.bytes[at] ?? 0)) & (0xff00 >> Math.min(8, Math.max(0, bits - at * 8))) & 0xff) === 0);

/** Whether an address is one of the network. */
export const containsIp = ({ ip, bits }: Cidr, address: Ip): boolean => agree(ip, address, bits);

/** Whether every address of `inner` is one of `outer`. */
export const containsCidr = (outer: Cidr, inner: Cidr): boolean => inner.bits >= outer.bits && agree(outer.ip, inner.ip, outer.bits);

// `ip(…)` and `cidr(…)`. upstream: k8s.io/apiserver/pkg/cel/library/ip.go, cidr.go
import { fn, method, type Overload } from "../overload.ts";
import { BOOL, INT, opaque, STRING } from "../types.ts";
import { EvalError, Opaque, type Value } from "../values.ts";
import { formatAddress, parseAddress, type Address } from "./addresses.ts";

class Ip extends Opaque {
  readonly type = "net.IP";
  readonly address: Address;
  constructor(address: Address) {
    super();
    this.address = address;
  }

  equals(other: Opaque): boolean {
    return other instanceof Ip && other.address.bits === this.address.bits && other.address.value === this.address.value;
  }
}

class Cidr extends Opaque {
  readonly type = "net.CIDR";
  readonly address: Address;
  readonly length: number;
  constructor(address: Address, length: number) {
    super();
    this.address = address;
    this.length = length;
  }

  equals(other: Opaque): boolean {
    return other instanceof Cidr && other.length === this.length && new Ip(this.address).equals(new Ip(other.address));
  }

  get masked(): Cidr {
    const host = BigInt(this.address.bits - this.length);
    return new Cidr({ ...this.address, value: (this.address.value >> host) << host }, this.length);
  }

  contains({ bits, value }: Address): boolean {
    const host = BigInt(this.address.bits - this.length);
    return bits === this.address.bits && value >> host === this.address.value >> host;
  }

  override toString(): string {
    return `${formatAddress(this.address)}/${this.length}`;
  }
}

const IP = opaque("net.IP");
const CIDR = opaque("net.CIDR");

const parseCidr = (text: string): Cidr | undefined => {
  const [, ip = "", length = ""] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseAddress(ip);
  if (address === undefined || Number(length) > address.bits || (length.length > 1 && length.startsWith("0"))) return undefined;
  return new Cidr(address, Number(length));
};

const ip = (text: string): Ip => {
  const address = parseAddress(text);
  if (address === undefined) throw new EvalError(`IP Address ${JSON.stringify(text)} parse error during conversion from string`);
  return new Ip(address);
};

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new EvalError("network address parse error during conversion from string: invalid CIDR address: " + text);
  return parsed;
};

const within = ({ address, length }: Cidr, prefix: string): boolean => cidr(prefix).contains(address) && length >= cidr(prefix).length;
const addressOf = (value: Value | undefined): Address => (value as Ip).address;
const isIn = (value: Value | undefined, ...prefixes: readonly string[]): boolean => {
  const address = addressOf(value);
  return prefixes.some((prefix) => within(new Cidr(address, address.bits), prefix));
};

const ips: readonly Overload[] = [
  fn("ip", [STRING], IP, ([text]) => ip(text as string)),
  fn("isIP", [STRING], BOOL, ([text]) => parseAddress(text as string) !== undefined),
  fn("ip.isCanonical", [STRING], BOOL, ([text]) => formatAddress(ip(text as string).address) === text),
  fn("string", [IP], STRING, ([a]) => formatAddress(addressOf(a))),
  method("family", [IP], INT, ([a]) => (addressOf(a).bits === 32 ? 4n : 6n)),
  method("isUnspecified", [IP], BOOL, ([a]) => addressOf(a).value === 0n),
  method("isLoopback", [IP], BOOL, ([a]) => isIn(a, "127.0.0.0/8", "::1/128")),
  method("isLinkLocalMulticast", [IP], BOOL, ([a]) => isIn(a, "224.0.0.0/24", "ff02::/16")),
  method("isLinkLocalUnicast", [IP], BOOL, ([a]) => isIn(a, "169.254.0.0/16", "fe80::/10")),
  method("isGlobalUnicast", [IP], BOOL, ([a]) => isGlobalUnicast(a)),
];

const isGlobalUnicast = (value: Value | undefined): boolean =>
  addressOf(value).value !== 0n &&
  !isIn(value, "127.0.0.0/8", "::1/128", "224.0.0.0/4", "ff00::/8", "169.254.0.0/16", "fe80::/10", "255.255.255.255/32");

const cidrs: readonly Overload[] = [
  fn("cidr", [STRING], CIDR, ([text]) => cidr(text as string)),
  fn("isCIDR", [STRING], BOOL, ([text]) => parseCidr(text as string) !== undefined),
  fn("string", [CIDR], STRING, ([a]) => (a as Cidr).toString()),
  method("ip", [CIDR], IP, ([a]) => new Ip((a as Cidr).address)),
  method("masked", [CIDR], CIDR, ([a]) => (a as Cidr).masked),
  method("prefixLength", [CIDR], INT, ([a]) => BigInt((a as Cidr).length)),
  method("containsIP", [CIDR, IP], BOOL, ([a, b]) => (a as Cidr).contains(addressOf(b))),
  method("containsIP", [CIDR, STRING], BOOL, ([a, b]) => (a as Cidr).contains(ip(b as string).address)),
  method("containsCIDR", [CIDR, CIDR], BOOL, ([a, b]) => contains(a as Cidr, b as Cidr)),
  method("containsCIDR", [CIDR, STRING], BOOL, ([a, b]) => contains(a as Cidr, cidr(b as string))),
];

const contains = (outer: Cidr, inner: Cidr): boolean => outer.length <= inner.length && outer.contains(inner.address);

/** Functions on addresses and networks. */
export const networks: readonly Overload[] = [...ips, ...cidrs];

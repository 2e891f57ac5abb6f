// Addresses and errors as wasi:sockets has them. Pure.
import { parseIp } from "#api/meta/ip.ts";
import type { Endpoint } from "#runtime/network/reach.ts";

/** A wasi:sockets ip-address. */
export type IpAddress = { readonly tag: "ipv4" | "ipv6"; readonly val: readonly number[] };

/** A wasi:sockets ip-socket-address. */
export type SocketAddress = {
  readonly tag: "ipv4" | "ipv6";
  readonly val: { readonly port: number; readonly address: readonly number[]; readonly flowInfo?: number; readonly scopeId?: number };
};

/** The ip-address that a text is; undefined when it is none. */
export const ipAddressOf = (text: string): IpAddress | undefined => {
  const ip = parseIp(text);
  if (ip === undefined) return undefined;
  if (ip.family === 4) return { tag: "ipv4", val: ip.bytes };
  return { tag: "ipv6", val: Array.from({ length: 8 }, (_, index) => (ip.bytes[2 * index] ?? 0) * 256 + (ip.bytes[2 * index + 1] ?? 0)) };
};

/** The ip-socket-address of an address and a port. */
export const socketAddressOf = ({ address, port }: Endpoint): SocketAddress => {
  const { tag, val } = ipAddressOf(address) ?? { tag: "ipv4", val: [0, 0, 0, 0] };
  return tag === "ipv4" ? { tag, val: { port, address: val } } : { tag, val: { port, address: val, flowInfo: 0, scopeId: 0 } };
};

/** The address and port that an ip-socket-address says. */
export const endpointOf = ({ tag, val: { address, port } }: SocketAddress): Endpoint => ({
  address: tag === "ipv4" ? address.join(".") : address.map((group) => group.toString(16)).join(":"),
  port,
});

/** True for 0.0.0.0 and ::. */
export const isUnspecified = ({ val: { address } }: SocketAddress): boolean => address.every((part) => part === 0);

const WORDS: Readonly<Record<string, string>> = {
  EACCES: "access-denied",
  EPERM: "access-denied",
  EADDRINUSE: "address-in-use",
  EADDRNOTAVAIL: "address-not-bindable",
  ECONNABORTED: "connection-aborted",
  ECONNREFUSED: "connection-refused",
  ECONNRESET: "connection-reset",
  EHOSTUNREACH: "remote-unreachable",
  EINVAL: "invalid-argument",
  EMFILE: "new-socket-limit",
  EMSGSIZE: "datagram-too-large",
  ENETUNREACH: "remote-unreachable",
  ENFILE: "new-socket-limit",
  ENOTFOUND: "name-unresolvable",
  EPIPE: "connection-aborted",
  ESERVFAIL: "temporary-resolver-failure",
  ETIMEDOUT: "timeout",
  ETIMEOUT: "temporary-resolver-failure",
};

/** The error-code of wasi:sockets for an error of node's. */
export const socketError = (error: unknown): string => WORDS[(error as { readonly code?: string }).code ?? ""] ?? "unknown";

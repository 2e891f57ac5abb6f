// wasi:sockets for one stack of a guest.
import type { Names } from "#runtime/network/lookup.ts";
import type { PodNetworkView } from "#runtime/network/reach.ts";
import type { HostInterface } from "#runtime/wasi/component/linker.ts";
import { Pollable, type Waitable } from "./poll.ts";
import { done, err, ok, type Result } from "./result.ts";
import type { SocketAddress } from "./sockets-address.ts";
import { nameLookup } from "./sockets-names.ts";
import { TcpSocket, type TcpOwner } from "./sockets-tcp.ts";
import { UdpSocket, type IncomingDatagrams, type OutgoingDatagrams } from "./sockets-udp.ts";

// Each is a file of the node's process.
const MOST_SOCKETS = 1024;

type Family = "ipv4" | "ipv6";
/** The sockets of one stack, counted. */
type Sockets = { readonly owner: TcpOwner; readonly isFull: () => boolean; readonly taken: () => void };
type Setting = { readonly name: string; readonly value: unknown };

// What is asked for is remembered and answered; the operating system keeps its own defaults.
const settings = (resource: string, all: readonly Setting[]): HostInterface => {
  const chosen = new WeakMap<object, Map<string, unknown>>();
  const of = (self: object): Map<string, unknown> => {
    const known = chosen.get(self) ?? new Map<string, unknown>();
    chosen.set(self, known);
    return known;
  };
  const pairs = all.map(({ name, value }): HostInterface => ({
    [`[method]${resource}.${name}`]: (self: object) => ok(of(self).get(name) ?? value),
    [`[method]${resource}.set-${name}`]: (self: object, wanted: unknown) => {
      if (wanted === 0 || wanted === 0n) return err("invalid-argument");
      of(self).set(name, wanted);
      return done;
    },
  }));
  return Object.assign({}, ...pairs) as HostInterface;
};

const BUFFERS: readonly Setting[] = [
  { name: "receive-buffer-size", value: 65_536n },
  { name: "send-buffer-size", value: 65_536n },
];

const KEEP_ALIVE: readonly Setting[] = [
  { name: "keep-alive-idle-time", value: 7_200_000_000_000n },
  { name: "keep-alive-interval", value: 75_000_000_000n },
  { name: "keep-alive-count", value: 9 },
  { name: "hop-limit", value: 64 },
];

const subscribing = (self: Waitable): Pollable => new Pollable(self);

const tcp = ({ owner, isFull, taken }: Sockets): HostInterface => {
  const accept = (self: TcpSocket): ReturnType<TcpSocket["accept"]> => {
    if (isFull()) return err("new-socket-limit");
    const accepted = self.accept(owner);
    if (accepted.tag === "ok") taken();
    return accepted;
  };
  return {
    ...settings("tcp-socket", [...BUFFERS, ...KEEP_ALIVE]),
    "[method]tcp-socket.keep-alive-enabled": ({ isKeptAlive }: TcpSocket) => ok(isKeptAlive),
    "[method]tcp-socket.set-keep-alive-enabled": (self: TcpSocket, isOn: boolean) => self.setKeepAlive(isOn),
    "[method]tcp-socket.start-bind": (self: TcpSocket, _network: unknown, local: SocketAddress) => self.startBind(local),
    "[method]tcp-socket.finish-bind": (self: TcpSocket) => self.finishBind(),
    "[method]tcp-socket.start-connect": (self: TcpSocket, _network: unknown, remote: SocketAddress) => self.startConnect(remote),
    "[method]tcp-socket.finish-connect": (self: TcpSocket) => self.finishConnect(),
    "[method]tcp-socket.start-listen": (self: TcpSocket) => self.startListen(),
    "[method]tcp-socket.finish-listen": (self: TcpSocket) => self.finishListen(),
    "[method]tcp-socket.accept": accept,
    "[method]tcp-socket.local-address": (self: TcpSocket) => self.localAddress(),
    "[method]tcp-socket.remote-address": (self: TcpSocket) => self.remoteAddress(),
    "[method]tcp-socket.is-listening": ({ isListening }: TcpSocket) => isListening,
    "[method]tcp-socket.address-family": ({ family }: TcpSocket) => family,
    "[method]tcp-socket.set-listen-backlog-size": (_self: TcpSocket, size: bigint) => (size === 0n ? err("invalid-argument") : done),
    "[method]tcp-socket.subscribe": subscribing,
    "[method]tcp-socket.shutdown": (self: TcpSocket, how: "receive" | "send" | "both") => self.shutdown(how),
  };
};

const udp = (): HostInterface => ({
  ...settings("udp-socket", [...BUFFERS, { name: "unicast-hop-limit", value: 64 }]),
  "[method]udp-socket.start-bind": (self: UdpSocket, _network: unknown, local: SocketAddress) => self.startBind(local),
  "[method]udp-socket.finish-bind": (self: UdpSocket) => self.finishBind(),
  "[method]udp-socket.stream": (self: UdpSocket, remote: SocketAddress | undefined) => self.streams(remote),
  "[method]udp-socket.local-address": (self: UdpSocket) => self.localAddress(),
  "[method]udp-socket.remote-address": (self: UdpSocket) => self.remoteAddress(),
  "[method]udp-socket.address-family": ({ family }: UdpSocket) => family,
  "[method]udp-socket.subscribe": subscribing,
  "[method]incoming-datagram-stream.receive": (self: IncomingDatagrams, most: bigint) => self.receive(most),
  "[method]incoming-datagram-stream.subscribe": subscribing,
  "[method]outgoing-datagram-stream.check-send": (self: OutgoingDatagrams) => self.checkSend(),
  "[method]outgoing-datagram-stream.send": (self: OutgoingDatagrams, all: Parameters<OutgoingDatagrams["send"]>[0]) => self.send(all),
  "[method]outgoing-datagram-stream.subscribe": ({ waitable }: OutgoingDatagrams) => new Pollable(waitable),
});

/** The interfaces of wasi:sockets, by name. */
export const socketInterfaces = (names: Names, network: PodNetworkView): Readonly<Record<string, HostInterface>> => {
  let count = 0;
  const taken = (): void => void count++;
  const released = (): void => void count--;
  const isFull = (): boolean => count >= MOST_SOCKETS;
  const creating =
    <Made>(Kind: new (family: Family, network: PodNetworkView, released: () => void) => Made) =>
    (family: Family): Result<Made, string> => {
      if (isFull()) return err("new-socket-limit");
      taken();
      return ok(new Kind(family, network, released));
    };
  return {
    "wasi:sockets/network": { "network-error-code": () => undefined },
    "wasi:sockets/instance-network": { "instance-network": () => ({}) },
    "wasi:sockets/ip-name-lookup": nameLookup(names),
    "wasi:sockets/tcp": tcp({ owner: { network, released }, isFull, taken }),
    "wasi:sockets/tcp-create-socket": { "create-tcp-socket": creating(TcpSocket) },
    "wasi:sockets/udp": udp(),
    "wasi:sockets/udp-create-socket": { "create-udp-socket": creating(UdpSocket) },
  };
};

// wasi:sockets/udp: datagrams from the pod's address. Those that nobody takes are lost, as datagrams are.
import { createSocket, type Socket } from "node:dgram";
import { realPort } from "#lib/cluster-network.ts";
import { reach, type Endpoint, type PodNetworkView } from "#runtime/network/reach.ts";
import { Signal } from "#runtime/wasi/signal.ts";
import { ALWAYS, type Waitable } from "./poll.ts";
import { done, err, ok, type Result } from "./result.ts";
import { endpointOf, isUnspecified, socketAddressOf, socketError, type SocketAddress } from "./sockets-address.ts";

type Done<Value = undefined> = Result<Value, string>;
type Datagram = { readonly data: Uint8Array; readonly remoteAddress: SocketAddress };
type Outgoing = { readonly data: Uint8Array; readonly remoteAddress: SocketAddress | undefined };

const MOST_WAITING = 256;
const MOST_AT_ONCE = 64n;

/** The resource incoming-datagram-stream. */
export class IncomingDatagrams implements Waitable {
  readonly #changed = new Signal();
  readonly #waiting: Datagram[] = [];

  /** `remote` is whom alone it listens to, and where that really is. */
  constructor(socket: Socket, remote: { readonly asked: Endpoint; readonly real: Endpoint } | undefined) {
    socket.on("message", (data, { address, port }) => {
      const isAsked = address === remote?.real.address && port === remote.real.port;
      if ((remote !== undefined && !isAsked) || this.#waiting.length >= MOST_WAITING) return;
      this.#waiting.push({ data, remoteAddress: socketAddressOf(isAsked && remote !== undefined ? remote.asked : { address, port }) });
      this.#changed.announce();
    });
  }

  get isReady(): boolean {
    return this.#waiting.length > 0;
  }

  watch(fn: () => void): () => void {
    return this.#changed.watch(fn);
  }

  receive(most: bigint): Done<readonly Datagram[]> {
    return ok(this.#waiting.splice(0, Number(most < MOST_AT_ONCE ? most : MOST_AT_ONCE)));
  }
}

/** The resource outgoing-datagram-stream. */
export class OutgoingDatagrams {
  readonly #socket: Socket;
  readonly #network: PodNetworkView;
  readonly #remote: Endpoint | undefined;
  readonly waitable = ALWAYS;

  constructor(socket: Socket, network: PodNetworkView, remote: Endpoint | undefined) {
    this.#socket = socket;
    this.#network = network;
    this.#remote = remote;
  }

  checkSend(): Done<bigint> {
    return ok(MOST_AT_ONCE);
  }

  send(datagrams: readonly Outgoing[]): Done<bigint> {
    for (const { data, remoteAddress } of datagrams) {
      const remote = remoteAddress === undefined ? this.#remote : endpointOf(remoteAddress);
      if (remote === undefined || remote.port === 0) return err("invalid-argument");
      const { address, port } = reach(remote, this.#network);
      this.#socket.send(data, port, address);
    }
    return ok(BigInt(datagrams.length));
  }
}

/** The resource udp-socket. */
export class UdpSocket implements Waitable {
  readonly family: "ipv4" | "ipv6";
  readonly #network: PodNetworkView;
  readonly #released: () => void;
  readonly #changed = new Signal();
  #socket: Socket | undefined;
  #askedPort = 0;
  #remote: Endpoint | undefined;
  #isBound = false;
  #failure: string | undefined;

  /** `released` is called when the guest lets go of it. */
  constructor(family: "ipv4" | "ipv6", network: PodNetworkView, released: () => void) {
    this.family = family;
    this.#network = network;
    this.#released = released;
  }

  get isReady(): boolean {
    return this.#socket === undefined || this.#isBound || this.#failure !== undefined;
  }

  watch(fn: () => void): () => void {
    return this.#changed.watch(fn);
  }

  startBind(local: SocketAddress): Done {
    if (this.#socket !== undefined) return err("invalid-state");
    if (local.tag !== this.family) return err("invalid-argument");
    const { address, port } = endpointOf(local);
    const { address: own, mayBindLow } = this.#network;
    if (!isUnspecified(local) && reach({ address, port }, this.#network).address !== own) return err("address-not-bindable");
    const socket = createSocket(this.family === "ipv4" ? "udp4" : "udp6");
    socket.on("error", (error) => {
      this.#failure ??= socketError(error);
      this.#changed.announce();
    });
    this.#askedPort = port;
    socket.bind({ address: own, port: realPort(port, mayBindLow) }, () => {
      this.#isBound = true;
      this.#changed.announce();
    });
    this.#socket = socket;
    return done;
  }

  finishBind(): Done {
    if (this.#socket === undefined) return err("not-in-progress");
    if (this.#failure !== undefined) return err(this.#failure);
    return this.#isBound ? done : err("would-block");
  }

  streams(remote: SocketAddress | undefined): Done<readonly [IncomingDatagrams, OutgoingDatagrams]> {
    const socket = this.#socket;
    if (socket === undefined || !this.#isBound) return err("invalid-state");
    socket.removeAllListeners("message");
    this.#remote = remote === undefined ? undefined : endpointOf(remote);
    const asked = this.#remote;
    const only = asked === undefined ? undefined : { asked, real: reach(asked, this.#network) };
    return ok([new IncomingDatagrams(socket, only), new OutgoingDatagrams(socket, this.#network, asked)]);
  }

  localAddress(): Done<SocketAddress> {
    if (this.#socket === undefined || !this.#isBound) return err("invalid-state");
    const { address, port } = this.#socket.address();
    return ok(socketAddressOf({ address, port: this.#askedPort === 0 ? port : this.#askedPort }));
  }

  remoteAddress(): Done<SocketAddress> {
    return this.#remote === undefined ? err("invalid-state") : ok(socketAddressOf(this.#remote));
  }

  [Symbol.dispose](): void {
    this.#socket?.close();
    this.#released();
  }
}

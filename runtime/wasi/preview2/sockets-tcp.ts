// wasi:sockets/tcp: a guest listens on its pod's address only, and connects to what its pod reaches.
// https://github.com/WebAssembly/wasi-sockets/blob/main/TcpSocketOperationalSemantics.md
import { createServer, Socket, type AddressInfo, type Server } from "node:net";
import { realPort } from "#lib/cluster-network.ts";
import { reach, type Endpoint, type PodNetworkView } from "#runtime/network/reach.ts";
import { Signal } from "#runtime/wasi/signal.ts";
import type { Waitable } from "./poll.ts";
import { done, err, ok, type Result } from "./result.ts";
import { endpointOf, isUnspecified, socketAddressOf, socketError, type SocketAddress } from "./sockets-address.ts";
import { SocketSink, socketSource } from "./sockets-streams.ts";
import { InputStream, OutputStream } from "./streams.ts";

type Family = "ipv4" | "ipv6";
type Done<Value = undefined> = Result<Value, string>;
type Streams = readonly [InputStream, OutputStream];

type State = "unbound" | "binding" | "bound" | "connecting" | "connected" | "starting" | "listening" | "closed";

// Connections that wait to be accepted; node takes them from the operating system as they come.
const BACKLOG = 128;

const streamsOf = (socket: Socket): Streams => [new InputStream(socketSource(socket)), new OutputStream(new SocketSink(socket))];

const endpoint = (address = "0.0.0.0", port = 0): Endpoint => ({ address, port });

/** The resource tcp-socket. */
export class TcpSocket implements Waitable {
  readonly family: Family;
  readonly #network: PodNetworkView;
  readonly #released: () => void;
  readonly #changed = new Signal();
  readonly #accepted: Socket[] = [];
  #state: State = "unbound";
  #local: Endpoint | undefined;
  #remote: Endpoint | undefined;
  #server: Server | undefined;
  #socket: Socket | undefined;
  #isSettled = false;
  #isKeptAlive = false;
  #failure: string | undefined;

  /** `released` is called when the guest lets go of it. */
  constructor(family: Family, network: PodNetworkView, released: () => void) {
    this.family = family;
    this.#network = network;
    this.#released = released;
  }

  /** The socket of a connection that was accepted. */
  static accepted(socket: Socket, { family, network, released }: Pick<TcpSocket, "family"> & TcpOwner): TcpSocket {
    const tcp = new TcpSocket(family, network, released);
    tcp.#socket = socket;
    tcp.#state = "connected";
    tcp.#remote = endpoint(socket.remoteAddress, socket.remotePort);
    return tcp;
  }

  get isReady(): boolean {
    if (this.#state === "listening") return this.#accepted.length > 0;
    return (this.#state !== "connecting" && this.#state !== "starting") || this.#isSettled;
  }

  get isListening(): boolean {
    return this.#state === "listening";
  }

  watch(fn: () => void): () => void {
    return this.#changed.watch(fn);
  }

  startBind(local: SocketAddress): Done {
    if (this.#state !== "unbound") return err("invalid-state");
    if (local.tag !== this.family) return err("invalid-argument");
    const { address, port } = endpointOf(local);
    const { address: own } = this.#network;
    const reached = isUnspecified(local) ? own : reach({ address, port }, this.#network).address;
    if (reached !== own) return err("address-not-bindable");
    this.#local = { address: own, port };
    this.#state = "binding";
    return done;
  }

  finishBind(): Done {
    if (this.#state !== "binding") return err("not-in-progress");
    this.#state = "bound";
    return done;
  }

  startConnect(remote: SocketAddress): Done {
    if (this.#state !== "unbound" && this.#state !== "bound") return err("invalid-state");
    if (remote.tag !== this.family || remote.val.port === 0 || isUnspecified(remote)) return err("invalid-argument");
    this.#remote = endpointOf(remote);
    const { address, port } = reach(this.#remote, this.#network);
    const socket = new Socket({ allowHalfOpen: true });
    socket.on("error", (error) => this.#settle(socketError(error)));
    socket.connect({ host: address, port }, () => this.#settle(undefined));
    this.#socket = socket;
    this.#state = "connecting";
    return done;
  }

  finishConnect(): Done<Streams> {
    if (this.#state !== "connecting" || this.#socket === undefined) return err("not-in-progress");
    const { tag, ...failed } = this.#finished("connected");
    return tag === "ok" ? ok(streamsOf(this.#socket)) : { tag, val: failed.val ?? "unknown" };
  }

  startListen(): Done {
    if (this.#state !== "bound" || this.#local === undefined) return err("invalid-state");
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => socket.destroy());
      this.#accepted.push(socket);
      this.#changed.announce();
    });
    server.on("error", (error) => this.#settle(socketError(error)));
    const { address, port } = this.#local;
    server.listen({ host: address, port: realPort(port, this.#network.mayBindLow), backlog: BACKLOG }, () => this.#settle(undefined));
    this.#server = server;
    this.#state = "starting";
    return done;
  }

  finishListen(): Done {
    return this.#state === "starting" ? this.#finished("listening") : err("not-in-progress");
  }

  accept(owner: TcpOwner): Done<readonly [TcpSocket, ...Streams]> {
    if (this.#state !== "listening") return err("invalid-state");
    const socket = this.#accepted.shift();
    if (socket === undefined) return err("would-block");
    return ok([TcpSocket.accepted(socket, { family: this.family, ...owner }), ...streamsOf(socket)]);
  }

  localAddress(): Done<SocketAddress> {
    if (this.#state === "connected") return ok(socketAddressOf(endpoint(this.#socket?.localAddress, this.#socket?.localPort)));
    if (this.#local === undefined || this.#state === "binding") return err("invalid-state");
    const bound = this.#server?.address() as AddressInfo | null | undefined;
    return ok(socketAddressOf(endpoint(this.#local.address, this.#local.port || bound?.port)));
  }

  remoteAddress(): Done<SocketAddress> {
    return this.#state === "connected" && this.#remote !== undefined ? ok(socketAddressOf(this.#remote)) : err("invalid-state");
  }

  get isKeptAlive(): boolean {
    return this.#isKeptAlive;
  }

  setKeepAlive(isOn: boolean): Done {
    this.#isKeptAlive = isOn;
    this.#socket?.setKeepAlive(isOn);
    return done;
  }

  shutdown(how: "receive" | "send" | "both"): Done {
    if (this.#state !== "connected") return err("invalid-state");
    if (how !== "receive") this.#socket?.end();
    return done;
  }

  [Symbol.dispose](): void {
    this.#state = "closed";
    this.#server?.close();
    for (const socket of this.#accepted) socket.destroy();
    this.#socket?.destroySoon();
    this.#released();
  }

  #settle(failure: string | undefined): void {
    if (this.#isSettled) return;
    this.#failure = failure;
    this.#isSettled = true;
    this.#changed.announce();
  }

  #finished(next: State): Done {
    if (!this.#isSettled) return err("would-block");
    this.#state = this.#failure === undefined ? next : "closed";
    return this.#failure === undefined ? done : err(this.#failure);
  }
}

/** Whose sockets they are. */
export type TcpOwner = { readonly network: PodNetworkView; readonly released: () => void };

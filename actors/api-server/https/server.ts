// The HTTPS server: TLS with client certificates, HTTP/2 and HTTP/1.1 on one port, and a stop that lets what is in
// progress finish. upstream: apiserver/pkg/server/secure_serving.go
import { once } from "node:events";
import { ServerResponse, type IncomingMessage } from "node:http";
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { User } from "#lib/api.ts";
import type { Credentials } from "#lib/pki/authority.ts";
import { createCertificateReader, type FrontProxyTrust, type Shown } from "../authn/certificate.ts";
import { userOfHeaders } from "../authn/request-header.ts";
import { Exchange, type Request, type Upgrade } from "./exchange.ts";
import { serve, type FrontPorts } from "./front.ts";

export type HttpsServerOptions = Omit<FrontPorts, "certificateUser" | "stopping"> & {
  readonly serving: Credentials;
  /** PEM of the authority that signs client certificates. */
  readonly clientAuthority: string;
  /** Who may name users in headers; undefined: nobody. */
  readonly frontProxy?: FrontProxyTrust | undefined;
};

/** A server that listens. */
export interface HttpsServer {
  /** Listens, and answers with the port. Throws: when the address is taken. */
  listen(address: string, port: number): Promise<number>;
  /** Ends streams, lets requests in progress finish for at most `graceMs`, then closes every connection. */
  stop(graceMs?: number): Promise<void>;
}

/** upstream: MaxConcurrentStreams, IdleTimeout, ReadHeaderTimeout, MaxHeaderBytes */
const MAX_STREAMS = 250;
const IDLE_MS = 90_000;
const HEADERS_MS = 32_000;
const MAX_HEADER_BYTES = 256 * 1024;
const HANDSHAKE_MS = 10_000;
const MAX_CONNECTIONS = 10_000;
const GRACE_MS = 10_000;

/** Makes a server; `listen` starts it. */
export const createHttpsServer = (options: HttpsServerOptions): HttpsServer => new Server(options);

class Server implements HttpsServer {
  readonly #options: HttpsServerOptions;
  readonly #server: Http2SecureServer;
  readonly #ports: FrontPorts;
  readonly #stopping = new AbortController();
  readonly #sockets = new Set<TLSSocket>();
  readonly #inProgress = new Map<Exchange, Promise<void>>();
  /** Looked up once a connection. */
  readonly #shown = new WeakMap<object, Shown>();
  readonly #read: (socket: TLSSocket) => Shown;

  constructor(options: HttpsServerOptions) {
    this.#options = options;
    this.#read = createCertificateReader(options.frontProxy);
    this.#ports = { ...options, certificateUser: (request) => this.#userOf(request), stopping: this.#stopping.signal };
    this.#server = createSecureServer({
      allowHTTP1: true,
      cert: options.serving.certificate,
      key: options.serving.key,
      ca: [options.clientAuthority, ...(options.frontProxy === undefined ? [] : [options.frontProxy.authority])],
      requestCert: true,
      rejectUnauthorized: false, // a request without a good certificate may have a token
      minVersion: "TLSv1.2",
      handshakeTimeout: HANDSHAKE_MS,
      settings: { maxConcurrentStreams: MAX_STREAMS },
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_MS,
      keepAliveTimeout: IDLE_MS,
      noDelay: true,
    } as Parameters<typeof createSecureServer>[0]);
    Object.assign(this.#server, { shouldUpgradeCallback: mayUpgrade }); // as an option only node:http takes it
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on("secureConnection", (socket) => this.#admit(socket));
    this.#server.on("request", (request, response) => this.#serve(new Exchange(request, response)));
    this.#server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#serve(upgrading(request, { socket, head })),
    );
    this.#server.on("session", (session) => this.#endIdle(session));
    this.#server.on("sessionError", () => undefined); // the session is closed; its streams tell their exchanges
  }

  async listen(address: string, port: number): Promise<number> {
    this.#server.listen(port, address);
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(graceMs = GRACE_MS): Promise<void> {
    this.#stopping.abort();
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    for (const exchange of this.#inProgress.keys()) if (exchange.isTaken) exchange.cut(); // they have no end of their own
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.setTimeout(resolve, graceMs);
    await Promise.race([Promise.allSettled(this.#inProgress.values()), late]);
    for (const socket of this.#sockets) socket.destroySoon();
    await Promise.race([closed.promise, late]);
    this.#options.clock.clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    await closed.promise;
  }

  #admit(socket: TLSSocket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  }

  /** Looks from time to time, since a watch may be quiet for long: a connection without any request is in nobody's use. */
  #endIdle(session: ServerHttp2Session): void {
    const isOf = ({ request }: Exchange): boolean => "stream" in request && request.stream.session === session;
    session.setTimeout(IDLE_MS, () => {
      if (Array.from(this.#inProgress.keys()).some(isOf)) this.#endIdle(session);
      else session.close();
    });
  }

  #serve(exchange: Exchange): void {
    if (this.#stopping.signal.aborted && !("stream" in exchange.request)) exchange.response.setHeader("Connection", "close");
    const done = serve(this.#ports, exchange).finally(() => this.#inProgress.delete(exchange));
    this.#inProgress.set(exchange, done);
  }

  #userOf(request: Request): User | "unverified" | undefined {
    const shown = this.#shownBy(request);
    return shown === "frontProxy" ? (userOfHeaders(request.rawHeaders) ?? "unverified") : shown;
  }

  #shownBy(request: Request): Shown {
    const connection = "stream" in request ? request.stream.session : request.socket;
    if (connection === undefined) return undefined; // gone
    if (!this.#shown.has(connection)) {
      const socket = ("socket" in connection ? connection.socket : connection) as TLSSocket;
      this.#shown.set(connection, this.#read(socket));
    }
    return this.#shown.get(connection);
  }
}

/** What has a body is served as if it asked for no other protocol, since the body would be taken for words of that protocol. */
const mayUpgrade = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) === 0;

/** Unless the connection is taken over it ends with the answer, which is made as any other, whether the client leaves then or not. */
const upgrading = (request: IncomingMessage, upgrade: Upgrade): Exchange => {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(upgrade.socket as TLSSocket);
  response.on("finish", () => request.socket.destroySoon());
  return new Exchange(request, response, upgrade);
};

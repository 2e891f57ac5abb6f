// One HTTP request and its answer, over HTTP/1.1 or HTTP/2 alike: headers in, bytes out. It knows nothing of Kubernetes'
// paths and users.
//
// A client may ask for another protocol on its connection. It is answered as any other, unless somebody takes the connection over.
//
// I1 an exchange is answered at most once. I2 `gone` is aborted when the client left before its answer was made.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { failure, type ApiError } from "#api/meta/status.ts";
import type { ApiResponse } from "#lib/api.ts";
import type { Clock } from "#lib/clock.ts";
import { encoded } from "./encoding.ts";
import { endOfTurn } from "./end-of-turn.ts";

export type Request = IncomingMessage | Http2ServerRequest;
export type Response = ServerResponse | Http2ServerResponse;

/** The connection of a client that asks for another protocol, and what it has said on it already. */
export type Upgrade = { readonly socket: Duplex; readonly head: Buffer };

/** upstream: apiserver/pkg/server/config.go MaxRequestBodyBytes */
const MAX_BODY_BYTES = 3 * 1024 * 1024;
/** How long a client may take to read an answer that came before it had sent all. upstream: net/http rstAvoidanceDelay */
const LINGER_MS = 500;
const SWITCHING_PROTOCOLS = 101;

/** TLS, HTTP and whoever takes a connection over listen to it. */
const MANY_LISTENERS = 20;

const NO_QUERY = new URLSearchParams();
const NO_BODY = new Uint8Array(0);

/** One request with its answer. */
export class Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly request: Request;
  readonly response: ServerResponse;
  /** There when the client asks for another protocol. */
  readonly upgrade: Upgrade | undefined;
  /** Bytes of the answer's body so far. */
  sentBytes = 0;
  readonly #gone = new AbortController();
  #isTaken = false;
  #whenTaken: () => void = () => undefined;

  constructor(request: Request, response: Response, upgrade?: Upgrade) {
    this.request = request;
    this.upgrade = upgrade;
    this.response = response as ServerResponse; // the compatibility layer has the same methods
    this.method = request.method ?? "GET";
    const url = request.url ?? "/";
    const cut = url.indexOf("?");
    this.path = cut < 0 ? url : url.slice(0, cut);
    this.query = cut < 0 ? NO_QUERY : new URLSearchParams(url.slice(cut + 1));
    response.on("close", () => {
      if (!this.response.writableEnded) this.#gone.abort();
    });
    upgrade?.socket.on("close", () => this.#gone.abort());
    response.on("error", () => this.#gone.abort());
    this.response.setHeader("Cache-Control", "no-cache, private");
  }

  /** Aborted when the client has left. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** The connection has been taken over. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  get isAnswered(): boolean {
    return this.response.headersSent || this.#isTaken;
  }

  /** Tells once, when the connection is taken over. */
  onTaken(told: () => void): void {
    this.#whenTaken = told;
  }

  /** Takes the connection, which is no HTTP from here on, with all that was said on it. Throws: when the client has not asked for that. */
  takeOver(): Duplex {
    if (this.upgrade === undefined || this.isAnswered) throw new Error("the connection cannot change its protocol");
    const { socket, head } = this.upgrade;
    this.response.detachSocket(socket as Socket);
    socket.setMaxListeners(MANY_LISTENERS);
    this.#isTaken = true;
    this.response.statusCode = SWITCHING_PROTOCOLS;
    this.#whenTaken();
    if (head.length > 0) socket.unshift(head);
    return socket;
  }

  /** Ends what cannot be answered any more. */
  cut(): void {
    this.response.destroy();
    if (this.#isTaken) this.upgrade?.socket.destroy();
  }

  /** A header by its name in lower case. */
  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  /** The request's body. Throws: RequestEntityTooLarge, without having read what is too much. */
  async body(): Promise<Uint8Array> {
    if (Number(this.header("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of this.request.iterator({ destroyOnReturn: false })) {
      length += (chunk as Uint8Array).length;
      if (length > MAX_BODY_BYTES) throw tooLarge();
      chunks.push(chunk as Uint8Array);
    }
    return chunks.length === 1 ? (chunks[0] ?? NO_BODY) : Buffer.concat(chunks, length);
  }

  /** Sends an answer. */
  async answer(answer: ApiResponse): Promise<void> {
    const { headers, body } = await encoded(answer, { header: (name) => this.header(name), pretty: this.query.get("pretty") });
    await endOfTurn();
    if (this.gone.aborted || this.isAnswered) return;
    this.sentBytes = body?.length ?? 0;
    this.response.writeHead(answer.code, headers as OutgoingHttpHeaders);
    this.response.end(this.method === "HEAD" ? undefined : body);
  }

  /** Sends the client to another place for good. */
  redirect(location: string): void {
    this.response.writeHead(301, { Location: location }).end();
  }

  /**
   * Gives up a connection whose client still sends a body that nobody reads: it gets its answer, then the end. What comes
   * until then is thrown away, since closing with bytes unread would reset the connection before the answer is read.
   */
  abandonBody(clock: Clock): void {
    const { request, response } = this;
    const hasBody = this.header("transfer-encoding") !== undefined || Number(this.header("content-length") ?? 0) > 0;
    if (request.complete || !hasBody) return;
    if ("stream" in request) return void response.on("finish", () => request.stream.close());
    this.response.shouldKeepAlive = true; // else the server closes at once
    response.on("finish", () => {
      request.resume();
      const leave = (): void => {
        if (!request.complete) request.socket.destroy(); // else the connection may be in use again
      };
      const end = clock.setTimeout(leave, LINGER_MS);
      request.once("close", () => clock.clearTimeout(end));
    });
  }
}

const tooLarge = (): ApiError => failure("RequestEntityTooLarge", `Request entity too large: limit is ${MAX_BODY_BYTES}`);

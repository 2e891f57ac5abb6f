// One request handed on to another server, and its answer handed back, byte for byte as they come.
// upstream: apimachinery/pkg/util/proxy/{upgradeaware,transport}.go
import { request as httpRequest, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { pipeline } from "node:stream/promises";
import { failure, type ApiError } from "#api/meta/status.ts";
import { dialError } from "#lib/dial-error.ts";
import { isUserHeader } from "../authn/request-header.ts";
import type { Exchange } from "../https/exchange.ts";
import { textAnswer } from "../https/path-handler.ts";
import type { Location } from "./location.ts";
import { join, replyTo, type Reply } from "./upgrade.ts";

/** Where a request goes on to. */
export type Forwarding = {
  readonly location: Location;
  /** What is asked of the server, query included. */
  readonly path: string;
  /** What stands before it in the client's own path. */
  readonly prefix: string;
  /** Said to the server beside what the client says, or instead of it. */
  readonly headers?: OutgoingHttpHeaders | undefined;
  /** How a server that speaks HTTPS is known, and how it knows us. Default: any server is believed. */
  readonly tls?: Pick<RequestOptions, "agent" | "rejectUnauthorized"> | undefined;
  /** False: the client is not sent elsewhere by the server. Default: it may be. */
  readonly mayRedirect?: boolean | undefined;
  /** Told when the answer begins. */
  readonly begun?: (() => void) | undefined;
  /** Ends it. Default: when the client has left. */
  readonly signal?: AbortSignal | undefined;
};

/** They are between two neighbours only. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/** Who the client is to the API server is no business of the server behind it. */
const isOurs = (name: string): boolean =>
  name === "authorization" || name.startsWith("impersonate-") || name.startsWith(":") || isUserHeader(name);

/** True when the client sends a body, of whatever length. */
const hasBody = ({ request }: Exchange): boolean => {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  return length === undefined ? ("stream" in request ? !request.stream.endAfterHeaders : encoding !== undefined) : length !== "0";
};

/** A body whose length is not known has to be cut in chunks, whatever the method: else its end is not seen. */
const framing = (exchange: Exchange): OutgoingHttpHeaders =>
  hasBody(exchange) && exchange.header("content-length") === undefined ? { "transfer-encoding": "chunked" } : {};

/** Headers that the client means for us only. */
const namedForUs = ({ headers }: Exchange["request"]): readonly string[] =>
  (headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase());

const onward = ({ request }: Exchange): OutgoingHttpHeaders => {
  const dropped = HOP_BY_HOP.union(new Set(namedForUs(request)));
  const kept = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !dropped.has(name) && !isOurs(name)));
  const forwarded = [request.headers["x-forwarded-for"], request.socket.remoteAddress].flat().filter((address) => address !== undefined);
  const host = kept["host"] ?? request.headers[":authority"];
  return { ...kept, host: String(host), "x-forwarded-for": forwarded.join(", ") };
};

const backward = ({ headers }: IncomingMessage, prefix: string): OutgoingHttpHeaders => {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
  const { location } = kept;
  return typeof location === "string" && location.startsWith("/") ? { ...kept, location: prefix + location } : kept;
};

/** upstream: UpgradeAwareHandler RejectForwardingRedirects */
const REDIRECTED = "the backend attempted to redirect this request, which is not permitted";

const isRedirect = ({ statusCode = 0, headers }: IncomingMessage): boolean =>
  statusCode >= 300 && statusCode < 400 && headers.location !== undefined;

const UNVERIFIED = { rejectUnauthorized: false };

const send = (exchange: Exchange, { location, path, headers, tls = UNVERIFIED, signal = exchange.gone }: Forwarding): ClientRequest => {
  const { method, upgrade } = exchange;
  const { scheme, host, port } = location;
  const asked = upgrade === undefined ? {} : { connection: "Upgrade", upgrade: exchange.header("upgrade") };
  const said = { ...onward(exchange), ...framing(exchange), ...headers, ...asked };
  const options = { host, port, method, path, headers: said, signal, agent: false };
  return scheme === "https" ? httpsRequest({ ...options, ...tls }) : httpRequest(options);
};

/** The agent's patience ends a connection that is not made in time; one that is made may be quiet as long as it likes. */
const limitDial = (outgoing: ClientRequest): void => {
  let isMade = false;
  outgoing.on("socket", (socket) => {
    isMade = outgoing.reusedSocket;
    socket.once("secureConnect", () => (isMade = true));
  });
  outgoing.on("timeout", () => {
    if (!isMade) outgoing.destroy(Object.assign(new Error("no connection in time"), { code: "ETIMEDOUT" }));
  });
};

/** A connection that was kept may have been closed by the server just before it was asked: nothing was heard of the request. */
const isStale = ({ reusedSocket }: ClientRequest, error: unknown): boolean =>
  reusedSocket && ["ECONNRESET", "EPIPE"].includes((error as NodeJS.ErrnoException).code ?? "");

/** True for what may be sent twice, should its connection break. upstream: net/http isReplayable */
export const mayRepeat = (exchange: Exchange): boolean => ["GET", "HEAD", "OPTIONS"].includes(exchange.method) && !hasBody(exchange);

/** The server's reply. What may be repeated is sent again when its connection was stale. */
const replyOf = async (exchange: Exchange, forwarding: Forwarding): Promise<Reply> => {
  const outgoing = send(exchange, forwarding);
  const replied = replyTo(outgoing);
  limitDial(outgoing);
  if (!hasBody(exchange)) outgoing.end();
  else pipeline(exchange.request, outgoing).catch(() => undefined); // a server may answer before it has read all
  return replied.catch((error: unknown) => {
    if (mayRepeat(exchange) && isStale(outgoing, error)) return replyOf(exchange, forwarding);
    throw error;
  });
};

/** Hands back an answer as it comes. Throws: when it is none that can be given. */
const handBack = async (exchange: Exchange, incoming: IncomingMessage, { prefix, begun }: Forwarding): Promise<void> => {
  const { response } = exchange;
  response.removeHeader("Cache-Control");
  response.writeHead(incoming.statusCode ?? 502, backward(incoming, prefix));
  response.flushHeaders(); // a watch may be quiet
  begun?.();
  incoming.on("data", (chunk: Buffer) => (exchange.sentBytes += chunk.length));
  await pipeline(incoming, response).catch(() => response.destroy());
};

const unreached = (why: string): ApiError => failure("ServiceUnavailable", `error trying to reach service: ${why}`);

/** Resolves when the answer has ended, however; a connection that changes its protocol, when it has. Throws: ServiceUnavailable when there is no answer. */
export const forward = async (exchange: Exchange, forwarding: Forwarding): Promise<void> => {
  const { incoming, agreed } = await replyOf(exchange, forwarding).catch((error: unknown) => {
    const { host, port } = forwarding.location;
    throw unreached(error instanceof Error ? dialError(host, port, error).message : String(error));
  });
  if (agreed !== undefined && exchange.upgrade !== undefined) return join(exchange, agreed);
  try {
    if (agreed !== undefined) throw unreached("the backend changed the protocol, which nobody asked it to");
    if (forwarding.mayRedirect !== false || !isRedirect(incoming)) return await handBack(exchange, incoming, forwarding);
    incoming.destroy();
    return await exchange.answer(textAnswer(502, REDIRECTED));
  } catch (error) {
    incoming.socket.destroy(); // else it would wait for somebody to read it
    throw error;
  }
};

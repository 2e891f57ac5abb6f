// One request from its headers to its answer: authenticate, impersonate, understand, hand to the core or to a path's
// handler. Whatever happens is answered by a Status.
//
// F1 no path is served without authorization: resources by the core, everything else here.
import { ApiError, badRequest, failure, internal } from "#api/meta/status.ts";
import type { Verb } from "#api/meta/resource.ts";
import type { ApiHandler, ApiRequest, ApiResponse, User } from "#lib/api.ts";
import type { Clock } from "#lib/clock.ts";
import { isStream, parseResourcePath, verbOf, type ResourcePath } from "#lib/https/paths.ts";
import type { Logger } from "#lib/log.ts";
import { uuid, type Random } from "#lib/random.ts";
import type { Delegates } from "../aggregation/delegates.ts";
import { requireAllowed, type Authorizer } from "../authorizer.ts";
import type { Auditor, Origin } from "../audit/auditor.ts";
import type { Authenticator } from "../authn/authenticator.ts";
import type { Connections } from "../connections.ts";
import { TurnedAway, type FlowControl } from "../flow/flow-control.ts";
import type { RequestMetrics } from "../metrics/request-metrics.ts";
import { answerDelegated } from "./delegated.ts";
import { bearerOf } from "./bearer.ts";
import type { Exchange, Request } from "./exchange.ts";
import { answeredBy, auditRefused, auditStranger, originOf, pathAttributesOf } from "./front-audit.ts";
import { SocketSink } from "../streams/socket-sink.ts";
import { isWebSocket } from "../streams/web-socket.ts";
import { HttpSink } from "./http-sink.ts";
import { actingUser } from "./impersonation.ts";
import { contentTypeOf, PROTOBUF } from "./media-type.ts";
import type { PathRequest } from "./path-handler.ts";
import { isTrue, optionsOf, timeoutMsOf } from "./query.ts";
import { showPlace, turnOf } from "./turn.ts";

export type FrontPorts = {
  readonly handler: ApiHandler;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly flow: Pick<FlowControl, "enter">;
  /** Writes down who asks for what. */
  readonly audit?: Auditor | undefined;
  /** Takes the requests for what is behind objects. */
  readonly connections?: Connections | undefined;
  /** Knows which paths other API servers answer. */
  readonly delegates?: Delegates | undefined;
  readonly paths: (request: PathRequest) => ApiResponse | Promise<ApiResponse>;
  readonly metrics: RequestMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Whom a connection's client certificate names. */
  readonly certificateUser: (request: Request) => User | "unverified" | undefined;
  /** Aborted when streams must end, because the server stops. */
  readonly stopping: AbortSignal;
};

/** Answers one request. Never throws. */
export const serve = async (ports: FrontPorts, exchange: Exchange): Promise<void> => {
  exchange.response.setHeader("Audit-Id", exchange.header("audit-id") ?? uuid(ports.random));
  try {
    await answer(ports, exchange);
  } catch (error) {
    await refuse(ports, exchange, error);
  }
};

const answer = async (ports: FrontPorts, exchange: Exchange): Promise<void> => {
  const caller = await callerOf(ports, exchange);
  const asks = { user: caller, origin: () => originOf(exchange, undefined) };
  const { user, place } = await understood(ports, exchange, asks, () => ({
    user: actingUser(caller, exchange.request.rawHeaders, ports.authorizer),
    place: placeOf(exchange.path),
  }));
  const asked = { user, origin: () => originOf(exchange, caller === user ? undefined : caller) };
  const delegate = ports.delegates?.find(exchange.path);
  if (delegate !== undefined) return answerDelegated(ports, exchange, { ...asked, delegate });
  if (place === undefined) return answerPath(ports, exchange, asked);
  const { connections } = ports;
  if (connections?.serves(place) === true) return answerConnected(ports, exchange, { ...asked, place, connections });
  return answerResource(ports, exchange, { ...asked, place });
};

/** Throws: Unauthorized. */
const callerOf = async (ports: FrontPorts, exchange: Exchange): Promise<User> => {
  const certificate = ports.certificateUser(exchange.request);
  try {
    return await ports.authenticator.authenticate({ certificate, token: bearerOf(exchange) });
  } catch (error) {
    if (ports.audit !== undefined) auditStranger(ports.audit, exchange, certificate !== undefined);
    throw error;
  }
};

/** What is read of a request before it begins; the audit log is told when it cannot be. Throws: what `read` throws. */
const understood = async <T>(
  { audit }: FrontPorts,
  exchange: Exchange,
  { user, origin }: Asked,
  read: () => T | Promise<T>,
): Promise<T> => {
  try {
    return await read();
  } catch (error) {
    if (audit !== undefined) auditRefused(audit, exchange, { user, origin: origin(), error });
    throw error;
  }
};

const placeOf = (path: string): ResourcePath | undefined => {
  try {
    return parseResourcePath(path);
  } catch {
    throw badRequest(`invalid URL escape in ${JSON.stringify(path)}`);
  }
};

const answerPath = async (ports: FrontPorts, exchange: Exchange, { user, origin }: Asked): Promise<void> => {
  const attributes = pathAttributesOf(exchange);
  const trail = ports.audit?.beginPath(user, attributes, origin());
  await answeredBy(trail, exchange, async () => {
    const { method, path, query } = exchange;
    const ticket = await turnOf(ports.flow, exchange, { user, attributes });
    try {
      requireAllowed(ports.authorizer, user, attributes, (decision) => trail?.decided(decision));
      await exchange.answer(await ports.paths({ method, path, query, header: (name) => exchange.header(name) }));
    } finally {
      ticket.leave();
    }
  });
};

/** `origin` is for the audit log. */
type Asked = { readonly user: User; readonly origin: () => Origin };

const answerResource = async (
  ports: FrontPorts,
  exchange: Exchange,
  { user, origin, place }: Asked & { readonly place: ResourcePath },
): Promise<void> => {
  const request = await understood(ports, exchange, { user, origin }, () => requestOf(exchange, place));
  ports.audit?.note(request, origin());
  const isLong = isStream(request) && (request.verb === "watch" || request.options?.["follow"] === true);
  const done = ports.metrics.begin(request, isLong);
  try {
    if (isStream(request)) return await stream(ports, exchange, { user, request });
    return await inTime(ports, exchange, async (signal) => exchange.answer(await ports.handler.handle(user, request, signal)));
  } catch (error) {
    return await refuse(ports, exchange, error);
  } finally {
    done(exchange.response.statusCode, exchange.sentBytes);
  }
};

type Connected = Asked & { readonly place: ResourcePath; readonly connections: Connections };

/** Such requests are as long as whoever answers them likes. */
const answerConnected = async (ports: FrontPorts, exchange: Exchange, connected: Connected): Promise<void> => {
  const { user, origin, place, connections } = connected;
  const request = await understood(ports, exchange, { user, origin }, () => connectionOf(exchange, place));
  ports.audit?.note(request, origin());
  const trail = ports.audit?.begin(user, request);
  const done = ports.metrics.begin(request, true);
  try {
    exchange.onTaken(() => trail?.started(exchange.response.statusCode));
    await answeredBy(trail, exchange, () => connections.handle(exchange, { user, request, place }));
  } catch (error) {
    await refuse(ports, exchange, error);
  } finally {
    done(exchange.response.statusCode, exchange.sentBytes);
  }
};

/** What follows the subresource is an option, with the slash at its end. upstream: getRequestOptions */
const connectionOf = (exchange: Exchange, { rest, watch, ...place }: ResourcePath): ApiRequest => {
  const path = rest === undefined ? "" : `/${rest}`;
  const options = { ...optionsOf(exchange.query), path: exchange.path.endsWith("/") ? `${path}/` : path };
  // what a proxied server is asked about itself is a read. upstream: proxyMethods
  const method = exchange.method === "OPTIONS" && place.subresource === "proxy" ? "GET" : exchange.method;
  const verb = verbIn({ method, query: exchange.query }, { ...place, watch });
  return { verb, ...place, options, ...clientOf(exchange) };
};

/** Calls the work off when the client has left, or has waited as long as it wanted. */
const inTime = async (ports: FrontPorts, exchange: Exchange, work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
  const timeoutMs = timeoutMsOf(exchange.query);
  if (timeoutMs === undefined) return work(exchange.gone);
  const late = new AbortController();
  const timer = ports.clock.setTimeout(() => late.abort(), timeoutMs);
  try {
    await work(AbortSignal.any([exchange.gone, late.signal]));
  } finally {
    ports.clock.clearTimeout(timer);
  }
};

const requestOf = async (exchange: Exchange, path: ResourcePath): Promise<ApiRequest> => {
  const { method, query } = exchange;
  const { rest, watch, ...place } = path.watch === true ? selected(path, query) : path;
  const verb = verbIn(exchange, { ...place, watch });
  const options = optionsOf(query);
  return {
    verb,
    ...place,
    ...(rest === undefined ? options && { options } : { options: { ...options, path: rest } }),
    ...clientOf(exchange),
    ...(method === "GET" || method === "HEAD" ? {} : await bodyOf(exchange, verb)),
  };
};

const clientOf = (exchange: Exchange): Pick<ApiRequest, "accept" | "userAgent"> => {
  const [accept, userAgent] = [exchange.header("accept"), exchange.header("user-agent")];
  return { ...(accept === undefined ? {} : { accept }), ...(userAgent === undefined ? {} : { userAgent }) };
};

/** Throws: MethodNotAllowed. */
const verbIn = ({ method, query }: Pick<Exchange, "method" | "query">, place: ResourcePath): Verb => {
  const verb = verbOf(method, place, place.watch === true || isTrue(query.get("watch")));
  if (verb === undefined || (place.watch === true && verb !== "watch")) {
    throw failure("MethodNotAllowed", "the server does not allow this method on the requested resource", {});
  }
  return verb;
};

/** The old way to watch one object names it in the path; the new one selects it. upstream: ListResource's forceWatch */
const selected = ({ name, ...place }: ResourcePath, query: URLSearchParams): ResourcePath => {
  if (name !== undefined) query.set("fieldSelector", [query.get("fieldSelector"), `metadata.name=${name}`].filter(Boolean).join(","));
  return place;
};

/** The body, and what it is; the core knows no Protobuf. */
const bodyOf = async (exchange: Exchange, verb: Verb): Promise<Pick<ApiRequest, "body" | "contentType">> => {
  const contentType = contentTypeOf(verb, exchange.header("content-type"));
  const body = await exchange.body();
  if (contentType !== PROTOBUF) return { contentType, body };
  const { jsonOfProtobuf } = await import("./protobuf-body.ts");
  return { contentType: "application/json", body: body.length === 0 ? body : jsonOfProtobuf(body) };
};

const stream = async (ports: FrontPorts, exchange: Exchange, { user, request }: { user: User; request: ApiRequest }): Promise<void> => {
  const framing = request.verb === "watch" ? "lines" : "bytes";
  const sink = isWebSocket(exchange) ? new SocketSink(exchange, framing) : new HttpSink(exchange, framing);
  ports.handler.stream(user, request, sink, AbortSignal.any([exchange.gone, ports.stopping]));
  const refused = await sink.ended;
  if (refused !== undefined) throw refused;
};

const encoder = new TextEncoder();

/** Answers a failure, unless an answer has begun; then only cutting the connection tells the client. */
const refuse = async (ports: FrontPorts, exchange: Exchange, error: unknown): Promise<void> => {
  const failed = error instanceof ApiError ? error : internal(error);
  if (failed.code >= 500 && !(error instanceof ApiError)) {
    ports.log("error", "a request failed", { method: exchange.method, path: exchange.path, error });
  }
  if (exchange.isAnswered) return exchange.cut();
  if (error instanceof TurnedAway) showPlace(exchange, error);
  exchange.abandonBody(ports.clock);
  const seconds = failed.status.details?.retryAfterSeconds;
  await exchange.answer({
    code: failed.code,
    contentType: "application/json",
    body: encoder.encode(JSON.stringify(failed.status)),
    ...(seconds === undefined ? {} : { headers: { "Retry-After": String(seconds) } }),
  });
};

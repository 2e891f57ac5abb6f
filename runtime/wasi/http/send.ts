// wasi:http/outgoing-handler: sends a guest's requests by node's own clients, to where its pod may connect, by names as its
// pod knows them.
import { Agent, type ClientRequest, type IncomingMessage, type RequestOptions as NodeOptions } from "node:http";
import { request as requestHttp } from "node:http";
import { Agent as SecureAgent, request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import type { Names } from "#runtime/network/lookup.ts";
import { reach, type Endpoint, type PodNetworkView } from "#runtime/network/reach.ts";
import type { HostInterface } from "#runtime/wasi/component/linker.ts";
import type { Life } from "#runtime/wasi/life.ts";
import { err, ok, type Result } from "#runtime/wasi/preview2/result.ts";
import { errorCodeOf, HttpFailure, type ErrorCode } from "./error-code.ts";
import { rawFields } from "./fields.ts";
import { OutgoingBody, type Open } from "./outgoing-body.ts";
import { RequestOptions, type OutgoingRequest } from "./requests.ts";
import { FutureResponse, IncomingResponse } from "./responses.ts";
import { targetOf, type Target } from "./target.ts";

/** Connections that a guest keeps for its next request, and where it may connect. Shared by all its stacks. */
export class HttpClient {
  readonly names: Names;
  readonly network: PodNetworkView;
  readonly agents: { readonly http: Agent; readonly https: SecureAgent };

  constructor(names: Names, network: PodNetworkView) {
    this.names = names;
    this.network = network;
    this.agents = { http: new Agent({ keepAlive: true }), https: new SecureAgent({ keepAlive: true }) };
  }

  close(): void {
    this.agents.http.destroy();
    this.agents.https.destroy();
  }
}

// Where a connection to each of the target's addresses really goes.
const endpointsOf = async ({ names, network }: HttpClient, { host, port }: Target): Promise<readonly Endpoint[]> => {
  const addresses = await names.addresses(host);
  return addresses.map((address) => reach({ address, port }, network));
};

const lookupOf =
  (endpoints: readonly Endpoint[]): LookupFunction =>
  (_host, _options, answer) =>
    answer(
      null,
      endpoints.map(({ address }) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );

const optionsOf = ({ agents }: HttpClient, request: OutgoingRequest, target: Target): NodeOptions => ({
  agent: target.isSecure ? agents.https : agents.http,
  method: request.methodName,
  path: request.path === undefined || request.path === "" ? "/" : request.path,
  setHost: false,
  ...(target.isSecure && target.isName ? { servername: target.host } : {}),
});

const connectionOf = ({ host, isName, port }: Target, endpoints: readonly Endpoint[]): NodeOptions => {
  const [first = { address: host, port }] = endpoints;
  return { host: isName ? host : first.address, port: first.port, lookup: lookupOf(endpoints) };
};

const msOf = (nanos: bigint | undefined): number | undefined =>
  nanos === undefined ? undefined : Math.min(Number(nanos / 1_000_000n), 2 ** 31 - 1);

// Ends the request when a timer that the options set runs out.
const watchTime = (sent: ClientRequest, { connect, firstByte, betweenBytes }: RequestOptions): void => {
  const after = (nanos: bigint | undefined, tag: string): (() => void) => {
    const ms = msOf(nanos);
    if (ms === undefined) return () => undefined;
    const timer = setTimeout(() => sent.destroy(new HttpFailure({ tag })), ms);
    return () => clearTimeout(timer);
  };
  const connected = after(connect, "connection-timeout");
  const answered = after(firstByte, "HTTP-response-timeout");
  sent.once("socket", (socket) => {
    if (socket.connecting) socket.once(sent.protocol === "https:" ? "secureConnect" : "connect", connected);
    else connected();
  });
  sent.once("response", (message) => {
    answered();
    const ms = msOf(betweenBytes);
    if (ms !== undefined) message.setTimeout(ms, () => message.destroy(new HttpFailure({ tag: "connection-read-timeout" })));
  });
  sent.once("close", () => {
    connected();
    answered();
  });
};

// The head of the request is sent with the first of its body, or with the end.
const openOf =
  (sent: ClientRequest, request: OutgoingRequest): Open =>
  (length) => {
    const hasLength = request.headers.get("content-length").length > 0;
    const isBodyless = length === 0 && ["GET", "HEAD", "DELETE", "OPTIONS"].includes(request.methodName);
    if (length === undefined && !hasLength) sent.setHeader("transfer-encoding", "chunked");
    else if (length !== undefined && !hasLength && !isBodyless) sent.setHeader("content-length", length);
    return sent;
  };

const headersOf = (request: OutgoingRequest, authority: string): readonly string[] => ["host", authority, ...rawFields(request.headers)];

const setHeaders = (sent: ClientRequest, raw: readonly string[]): void => {
  for (let index = 0; index < raw.length; index += 2) sent.appendHeader(raw[index] ?? "", raw[index + 1] ?? "");
};

const send = (client: HttpClient, request: OutgoingRequest, options: RequestOptions, target: Target): FutureResponse => {
  const cancel = new AbortController();
  const future = new FutureResponse(() => cancel.abort());
  const body = request.taken ?? emptyBody();
  const fail = (error: unknown): void => future.settle(err(errorCodeOf(error)));
  const begin = async (): Promise<void> => {
    const endpoints = await endpointsOf(client, target);
    if (cancel.signal.aborted) return;
    const make = target.isSecure ? requestHttps : requestHttp;
    const sent = make({ ...optionsOf(client, request, target), ...connectionOf(target, endpoints), signal: cancel.signal });
    setHeaders(sent, headersOf(request, target.authority));
    sent.on("response", (message: IncomingMessage) => future.settle(ok(new IncomingResponse(message))));
    sent.on("error", fail);
    watchTime(sent, options);
    body.leave(openOf(sent, request), (error) => sent.destroy(new HttpFailure({ tag: "HTTP-protocol-error" }, { cause: error })));
  };
  begin().catch(fail);
  return future;
};

const emptyBody = (): OutgoingBody => {
  const body = new OutgoingBody({ length: undefined, sizeError: "HTTP-request-body-size" });
  body.finish(undefined);
  return body;
};

// What sending costs the node, in units of Life.charge.
const SEND_UNITS = 50_000;

/** wasi:http/outgoing-handler */
export const outgoingHandler = (client: HttpClient, life: Life): HostInterface => ({
  handle: (request: OutgoingRequest, options: RequestOptions | undefined): Result<FutureResponse, ErrorCode> => {
    life.charge(SEND_UNITS);
    const target = targetOf(request);
    return target.tag === "err" ? target : ok(send(client, request, options ?? new RequestOptions(), target.val));
  },
});

// Where requests are sent: the whole API server with its store in memory, behind each of its doors.
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { optionsOf } from "#actors/api-server/https/query.ts";
import { ApiError } from "#api/meta/status.ts";
import type { ApiHandler, ApiRequest, ApiTransport, RequestOptions, User } from "#lib/api.ts";
import { systemClock } from "#lib/clock.ts";
import { isStream, parseResourcePath, verbOf, type ResourcePath } from "#lib/https/paths.ts";
import { MemoryTransport } from "#lib/memory-transport.ts";
import { NatsApiTransport } from "#lib/nats/api-transport.ts";
import { serveApi } from "#lib/nats/serve-api.ts";
import { systemRandom } from "#lib/random.ts";
import { startDevServer } from "#test/actors/api-server/dev-server.ts";
import { connectTo, startNats } from "#test/support/nats.ts";
import type { RawRequest } from "./requests.ts";

/** What came back; `text` of failures only. Code 0: the request cannot be said over this transport. */
export type Outcome = { readonly code: number; readonly text: string };

/** An API server that is sent requests. */
export interface Target {
  send(request: RawRequest): Promise<Outcome>;
  close(): Promise<void>;
}

export const TRANSPORTS = ["https", "nats", "memory"] as const;
export type TransportName = (typeof TRANSPORTS)[number];

/** How long a stream is listened to, milliseconds. */
const LISTEN_MS = 30;

const failureOf = (error: unknown): Outcome => {
  if (error instanceof ApiError) return { code: error.code, text: error.message };
  throw error;
};

const overHttps = async (): Promise<Target> => {
  const dev = await startDevServer();
  const { certificateAuthority: ca, client } = dev.access;
  const agent = new Agent({ keepAlive: true, ca, cert: client.certificate, key: client.key });
  const ask = async ({ method, url, headers, body }: RawRequest): Promise<IncomingMessage> => {
    const framed = { ...headers, ...(body && { "content-length": String(body.length) }) };
    const request = httpsRequest({ host: "127.0.0.1", servername: "localhost", port: dev.port, path: url, method, headers: framed, agent });
    const answered = Promise.race([once(request, "response"), once(request, "upgrade")]) as Promise<[IncomingMessage]>;
    request.end(body);
    try {
      const [response] = await answered;
      request.on("error", () => undefined); // it was answered; how the connection ends is nothing to us
      return response;
    } catch (error) {
      if (!request.reusedSocket) throw error;
      return ask({ method, url, headers, body }); // the server had closed the connection before
    }
  };
  const send = async (raw: RawRequest): Promise<Outcome> => {
    const response = await ask(raw);
    const code = response.statusCode ?? 0;
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    const isEndless = response.headers["transfer-encoding"] === "chunked";
    const timer = isEndless ? systemClock.setTimeout(() => response.destroy(), LISTEN_MS) : undefined;
    await once(response, "close");
    systemClock.clearTimeout(timer);
    return { code, text: code < 400 ? "" : Buffer.concat(chunks).toString() };
  };
  const close = async (): Promise<void> => {
    agent.destroy();
    await dev.stop();
  };
  return { send, close };
};

const ADMIN: User = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };

/** The options of a query; undefined for numbers that HTTP's door refuses. */
const optionsIn = (query: URLSearchParams): RequestOptions | undefined => {
  try {
    return optionsOf(query) ?? {};
  } catch {
    return undefined;
  }
};

const placeIn = (path: string): ResourcePath | undefined => {
  try {
    return parseResourcePath(path);
  } catch {
    return undefined; // escapes that HTTP's door refuses
  }
};

/** The request as components say it; undefined where HTTP alone has words for it. */
const spoken = ({ method, url, headers, body }: RawRequest): ApiRequest | undefined => {
  const [path = "", text = ""] = url.split(/\?(.*)/s);
  const query = new URLSearchParams(text);
  const [place, options] = [placeIn(path), optionsIn(query)];
  const verb = place && verbOf(method, place, query.has("watch"));
  if (place === undefined || verb === undefined || options === undefined) return undefined;
  const { rest, ...where } = place;
  const asked = { verb, ...where, options: rest === undefined ? options : { ...options, path: rest } };
  return { ...asked, ...contentOf({ headers, body }) };
};

const contentOf = ({ headers, body }: Pick<RawRequest, "headers" | "body">): Pick<ApiRequest, "accept" | "body" | "contentType"> => {
  const { accept = "", "content-type": contentType = "" } = headers;
  return { accept, ...(body && { body }), ...(contentType && { contentType }) };
};

const through = async (transport: ApiTransport, request: RawRequest): Promise<Outcome> => {
  const asked = spoken(request);
  if (asked === undefined) return { code: 0, text: "" };
  if (!isStream(asked)) return transport.request(asked).then(({ code }) => ({ code, text: "" }), failureOf);
  const over = new AbortController();
  const timer = systemClock.setTimeout(() => over.abort(), LISTEN_MS);
  try {
    await transport.stream(asked, () => undefined, over.signal);
    return { code: 200, text: "" };
  } catch (error) {
    return over.signal.aborted ? { code: 200, text: "" } : failureOf(error);
  } finally {
    systemClock.clearTimeout(timer);
  }
};

const inMemory = async (): Promise<Target> => {
  const dev = await startDevServer();
  const transport = new MemoryTransport({ handler: dev.handler, user: ADMIN });
  const close = async (): Promise<void> => {
    await transport.close();
    await dev.stop();
  };
  return { send: (request) => through(transport, request), close };
};

/** Whoever speaks over NATS is an administrator here: what is tried is the transport, not who may. */
const asAdmin = (handler: ApiHandler): ApiHandler => ({
  handle: (_user, request, signal) => handler.handle(ADMIN, request, signal),
  stream: (_user, request, sink, signal) => handler.stream(ADMIN, request, sink, signal),
});

const overNats = async (): Promise<Target> => {
  const [dev, nats] = await Promise.all([startDevServer(), startNats()]);
  const [here, there] = await Promise.all([connectTo(nats.server), connectTo(nats.server)]);
  const ports = { clock: systemClock, random: systemRandom };
  const stop = serveApi({ connection: there, ...ports }, asAdmin(dev.handler));
  await there.flush();
  const transport = new NatsApiTransport({ connection: here, ...ports }, "system:serviceaccount:default:fuzz");
  const close = async (): Promise<void> => {
    await transport.close();
    stop();
    await Promise.all([here.close(), there.close()]);
    await nats[Symbol.asyncDispose]();
    await dev.stop();
  };
  return { send: (request) => through(transport, request), close };
};

const OPEN: { readonly [name in TransportName]: () => Promise<Target> } = { https: overHttps, nats: overNats, memory: inMemory };

/** Starts a server behind this door. Close it. */
export const openTarget = (name: TransportName): Promise<Target> => OPEN[name]();

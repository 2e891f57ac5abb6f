// One request handed on to another server, and its answer handed back, byte for byte as they come.
// upstream: apimachinery/pkg/util/proxy/{upgradeaware,transport}.go
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { pipeline } from "node:stream/promises";
import { failure } from "#api/meta/status.ts";
import type { Exchange } from "../https/exchange.ts";
import type { Location } from "./location.ts";

/** `path` is asked of the server, query included; `prefix` is what stands before it in the client's own path. */
export type Forwarding = { readonly location: Location; readonly path: string; readonly prefix: string };

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
const isOurs = (name: string): boolean => name === "authorization" || name.startsWith("impersonate-") || name.startsWith(":");

const onward = ({ request }: Exchange): OutgoingHttpHeaders => {
  const kept = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !HOP_BY_HOP.has(name) && !isOurs(name)));
  const forwarded = [request.headers["x-forwarded-for"], request.socket.remoteAddress].flat().filter((address) => address !== undefined);
  const host = kept["host"] ?? request.headers[":authority"];
  return { ...kept, host: String(host), "x-forwarded-for": forwarded.join(", ") };
};

const backward = ({ headers }: IncomingMessage, prefix: string): OutgoingHttpHeaders => {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
  const { location } = kept;
  return typeof location === "string" && location.startsWith("/") ? { ...kept, location: prefix + location } : kept;
};

/** Resolves when the answer has ended, however. Throws: ServiceUnavailable when there is none. */
export const forward = async (exchange: Exchange, { location, path, prefix }: Forwarding): Promise<void> => {
  const { method, response, gone, request } = exchange;
  const { scheme, host, port } = location;
  const send = scheme === "https" ? httpsRequest : httpRequest;
  const outgoing = send({ host, port, method, path, headers: onward(exchange), signal: gone, agent: false, rejectUnauthorized: false });
  const answered = once(outgoing, "response") as Promise<[IncomingMessage]>;
  pipeline(request, outgoing).catch(() => undefined); // a server may answer before it has read all
  const [incoming] = await answered.catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw failure("ServiceUnavailable", `error trying to reach service: ${why}`);
  });
  response.removeHeader("Cache-Control");
  response.writeHead(incoming.statusCode ?? 502, backward(incoming, prefix));
  incoming.on("data", (chunk: Buffer) => (exchange.sentBytes += chunk.length));
  await pipeline(incoming, response).catch(() => response.destroy());
};

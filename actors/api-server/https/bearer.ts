// The token that a request brings: in its Authorization header, or, as browsers cannot set one for a WebSocket, as one of the
// protocols that it offers. upstream: apiserver/pkg/authentication/request/{bearertoken,websocket}
import { badRequest } from "#api/meta/status.ts";
import type { Exchange } from "./exchange.ts";

const PREFIX = "base64url.bearer.authorization.k8s.io.";
const PROTOCOLS = "sec-websocket-protocol";

const inHeader = (exchange: Exchange): string | undefined => {
  const [scheme = "", token = ""] = (exchange.header("authorization") ?? "").trim().split(" ");
  return scheme.toLowerCase() === "bearer" && token !== "" ? token : undefined;
};

/** Takes the token out of the protocols, since those go on to whoever answers. Throws: BadRequest when nothing else is offered. */
const inProtocols = (exchange: Exchange): string | undefined => {
  const offered = exchange.header(PROTOCOLS) ?? "";
  if (!offered.includes(PREFIX)) return undefined;
  const all = offered.split(",").map((one) => one.trim());
  const others = all.filter((one) => !one.startsWith(PREFIX));
  if (others.length === 0) throw badRequest("missing additional subprotocol");
  exchange.request.headers[PROTOCOLS] = others.join(", ");
  const found = all.find((one) => one.startsWith(PREFIX)) ?? "";
  return Buffer.from(found.slice(PREFIX.length), "base64url").toString("utf8");
};

/** The request's token; undefined: it brings none. Throws: BadRequest. */
export const bearerOf = (exchange: Exchange): string | undefined => {
  const ofProtocols = exchange.upgrade === undefined ? undefined : inProtocols(exchange);
  return inHeader(exchange) ?? ofProtocols;
};

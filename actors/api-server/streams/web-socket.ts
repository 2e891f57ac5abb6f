// How a client's connection becomes a WebSocket, and what is spoken on it. upstream: apimachinery/pkg/util/httpstream/wsstream
import { WebSocketServer, type WebSocket } from "ws";
import { badRequest } from "#api/meta/status.ts";
import type { Exchange } from "../https/exchange.ts";

/** One message. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

const server = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: MAX_MESSAGE_BYTES,
});

/** What was agreed on with whom is being answered. `SPDY/3.1+…` is no name by the rules, so the library is not asked about names. */
const agreed = new WeakMap<object, string>();

server.on("headers", (headers, request) => {
  const protocol = agreed.get(request) ?? "";
  if (protocol !== "") headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
});

/** Whether the client asks for a WebSocket. */
export const isWebSocket = (exchange: Exchange): boolean =>
  exchange.upgrade !== undefined && exchange.header("upgrade")?.toLowerCase() === "websocket";

const offeredBy = (exchange: Exchange): readonly string[] =>
  (exchange.header("sec-websocket-protocol") ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");

/** The first of the client's protocols that is spoken here; "" when it names none. Throws: BadRequest. upstream: wsstream handshake */
export const agreeOn = (exchange: Exchange, spoken: readonly string[]): string => {
  const offered = offeredBy(exchange);
  if (offered.length === 0) return "";
  const found = offered.find((one) => spoken.includes(one));
  if (found !== undefined) return found;
  throw badRequest(`requested protocol(s) are not supported: [${offered.join(" ")}]; supports [${spoken.join(" ")}]`);
};

/** Makes the client's connection a WebSocket of this protocol, which is paused. Throws: BadRequest when the handshake is none. */
export const openWebSocket = (exchange: Exchange, protocol: string): WebSocket => {
  const request = exchange.request as Parameters<WebSocketServer["handleUpgrade"]>[0];
  const opened: WebSocket[] = [];
  agreed.set(request, protocol);
  delete request.headers["sec-websocket-protocol"];
  server.handleUpgrade(request, exchange.takeOver(), Buffer.alloc(0), (socket) =>
    opened.push(socket.on("error", () => socket.terminate())),
  );
  const [socket] = opened;
  if (socket === undefined) throw badRequest("the request is no handshake of a WebSocket"); // the library has answered it
  socket.pause();
  return socket;
};

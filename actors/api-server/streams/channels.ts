// Channels over a WebSocket: each message is for one channel, which its first byte names; in the base64 forms the first is a
// digit and the rest is encoded. upstream: apimachinery/pkg/util/httpstream/wsstream/conn.go
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import { badRequest } from "#api/meta/status.ts";
import type { Exchange } from "../https/exchange.ts";

/** A WebSocket by whose messages several streams go. */
export interface Channels {
  /** What was agreed on; "" when the client named nothing. */
  readonly protocol: string;
  /** Resolves when the client has left, or `close` was called. */
  readonly closed: Promise<void>;
  /** Sends bytes on a channel. False: the client does not keep up. */
  send(channel: number, bytes: Uint8Array): boolean;
  /** Tells of every message from the first on. */
  onMessage(take: (channel: number, bytes: Buffer) => void): void;
  close(): void;
}

/** Bytes that may wait for a client. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** One message. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
const DIGIT_0 = 0x30;

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

/** Makes the client's connection a WebSocket of this protocol, which is paused. Rejects: when the client leaves meanwhile. */
export const openWebSocket = (exchange: Exchange, protocol: string): Promise<WebSocket> => {
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  const request = exchange.request as Parameters<WebSocketServer["handleUpgrade"]>[0];
  agreed.set(request, protocol);
  delete request.headers["sec-websocket-protocol"];
  const connection = exchange.takeOver();
  connection.once("close", () => reject(badRequest("the client has left")));
  server.handleUpgrade(request, connection, Buffer.alloc(0), (socket) => {
    socket.pause();
    resolve(socket);
  });
  return promise;
};

/** A message's channel and bytes. */
const decoded = (protocol: string, data: Buffer): { readonly channel: number; readonly bytes: Buffer } =>
  isBase64(protocol)
    ? { channel: (data[0] ?? 0) - DIGIT_0, bytes: Buffer.from(data.toString("latin1", 1), "base64") }
    : { channel: data[0] ?? 0, bytes: data.subarray(1) };

const encoded = (protocol: string, channel: number, bytes: Uint8Array): Buffer | string =>
  isBase64(protocol) ? `${channel}${Buffer.from(bytes).toString("base64")}` : Buffer.concat([Buffer.of(channel), bytes]);

const isBase64 = (protocol: string): boolean => protocol.includes("base64");

const bufferOf = (data: RawData): Buffer => (Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data));

/** Makes the client's connection one of channels, by a protocol that was agreed on. Rejects: when the client leaves meanwhile. */
export const openChannels = async (exchange: Exchange, protocol: string): Promise<Channels> => {
  const socket = await openWebSocket(exchange, protocol);
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.on("error", () => socket.terminate());
  return {
    protocol,
    closed,
    send: (channel, bytes) => {
      const message = encoded(protocol, channel, bytes);
      exchange.sentBytes += message.length;
      if (socket.readyState === socket.OPEN) socket.send(message);
      return socket.bufferedAmount <= MAX_WAITING_BYTES;
    },
    onMessage: (take) => {
      socket.on("message", (data) => {
        const { channel, bytes } = decoded(protocol, bufferOf(data));
        take(channel, bytes);
      });
      socket.resume();
    },
    close: () => socket.close(1000),
  };
};

// Channels over a WebSocket: each message is for one channel, which its first byte names; in the base64 forms the first is a
// digit and the rest is encoded. upstream: apimachinery/pkg/util/httpstream/wsstream/conn.go
import type { RawData } from "ws";
import type { Exchange } from "../https/exchange.ts";
import { openWebSocket } from "./web-socket.ts";

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

/** Bytes that may wait for a client, or for the pod that it is connected to. */
export const MAX_WAITING_BYTES = 8 * 1024 * 1024;
const DIGIT_0 = 0x30;

/** A message's channel and bytes. */
const decoded = (protocol: string, data: Buffer): { readonly channel: number; readonly bytes: Buffer } =>
  isBase64(protocol)
    ? { channel: (data[0] ?? 0) - DIGIT_0, bytes: Buffer.from(data.toString("latin1", 1), "base64") }
    : { channel: data[0] ?? 0, bytes: data.subarray(1) };

const encoded = (protocol: string, channel: number, bytes: Uint8Array): Buffer | string =>
  isBase64(protocol) ? `${channel}${Buffer.from(bytes).toString("base64")}` : Buffer.concat([Buffer.of(channel), bytes]);

const isBase64 = (protocol: string): boolean => protocol.includes("base64");

const bufferOf = (data: RawData): Buffer => (Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data));

/** Makes the client's connection one of channels, by a protocol that was agreed on. Throws: BadRequest. */
export const openChannels = (exchange: Exchange, protocol: string): Channels => {
  const socket = openWebSocket(exchange, protocol);
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
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

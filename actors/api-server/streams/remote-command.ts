// What carries the streams of one container to a client: the channels of a WebSocket, or streams of SPDY, one for each.
// upstream: kubelet/pkg/cri/streaming/remotecommand/{websocket,httpstream}.go
import { finished } from "node:stream/promises";
import { badRequest } from "#api/meta/status.ts";
import type { Clock } from "#lib/clock.ts";
import type { Exchange } from "../https/exchange.ts";
import { MAX_WAITING_BYTES, openChannels, type Channels } from "./channels.ts";
import { agreeOn, isWebSocket } from "./web-socket.ts";
import { STREAMS_MS } from "./ports.ts";
import { agreeOnSpdy, openSpdy } from "./spdy/opening.ts";
import { serveSpdy, type SpdyStream } from "./spdy/session.ts";

/** The channels of a container's streams. */
export const STDOUT = 1;
export const STDERR = 2;
export const ERROR = 3;

/** Which streams the client asks for. */
export type Wanted = {
  readonly stdin?: boolean;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly tty?: boolean;
};

/** Best first. */
const WEB_SOCKETS = ["v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io", "base64.channel.k8s.io"];
const SPDY = ["v5.channel.k8s.io", "v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"];

/** Sending to a client, and what is told by it. */
export type Carrier = Pick<Channels, "protocol" | "closed" | "send" | "close">;

/** What is agreed on with a client, so that it only has to be opened. Throws: BadRequest, Forbidden. */
export const carrierFor = (clock: Clock, exchange: Exchange, wanted: Wanted): (() => Promise<Carrier>) => {
  if (isWebSocket(exchange)) {
    const protocol = agreeOn(exchange, WEB_SOCKETS);
    return () => overWebSocket(exchange, protocol, wanted);
  }
  const protocol = agreeOnSpdy(exchange, SPDY);
  return () => overSpdy(clock, exchange, { protocol, wanted });
};

const overWebSocket = async (exchange: Exchange, protocol: string, { stdout, stderr }: Wanted): Promise<Carrier> => {
  const channels = openChannels(exchange, protocol);
  channels.onMessage(() => undefined);
  // a first message, without bytes, tells the client that it is attached. upstream: createWebSocketStreams
  channels.send(stdout === true ? STDOUT : stderr === true ? STDERR : ERROR, new Uint8Array());
  return channels;
};

const CHANNELS: ReadonlyMap<string, number> = new Map([
  ["stdin", 0],
  ["stdout", STDOUT],
  ["stderr", STDERR],
  ["error", ERROR],
  ["resize", 4],
]);

/** How many streams a client is going to open. upstream: waitForStreams' expectedStreams */
const expected = (protocol: string, { stdin, stdout, stderr, tty }: Wanted): number => {
  const hasResize = tty === true && /^v[345]/.test(protocol);
  return 1 + [stdin, stdout, stderr === true && tty !== true, hasResize].filter((is) => is === true).length;
};

type Agreed = { readonly protocol: string; readonly wanted: Wanted };

const overSpdy = async (clock: Clock, exchange: Exchange, { protocol, wanted }: Agreed): Promise<Carrier> => {
  const streams = new Map<number, SpdyStream>();
  const all = Promise.withResolvers<void>();
  const connection = openSpdy(exchange, protocol);
  const closed = serveSpdy(connection, (stream) => {
    const channel = CHANNELS.get(stream.headers["streamtype"] ?? "");
    if (channel === undefined || streams.has(channel)) return void stream.destroy();
    streams.set(channel, stream.resume());
    if (streams.size === expected(protocol, wanted)) all.resolve();
  }).catch(() => undefined);
  void closed.then(() => all.reject(badRequest("the client has left")));
  const late = clock.setTimeout(() => all.reject(badRequest("timed out waiting for client to create streams")), STREAMS_MS);
  await all.promise.finally(() => clock.clearTimeout(late));
  return {
    protocol,
    closed,
    send: (channel, bytes) => {
      const stream = streams.get(channel);
      exchange.sentBytes += bytes.length;
      return stream?.writable !== true || stream.write(bytes) || stream.writableLength < MAX_WAITING_BYTES;
    },
    close: () => {
      const ended = Array.from(streams.values(), (stream) => finished(stream.end(), { readable: false }));
      void Promise.allSettled(ended).then(() => connection.end());
    },
  };
};

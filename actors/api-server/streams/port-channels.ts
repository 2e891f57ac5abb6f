// Forwarding over the channels of a WebSocket: for each port that the request names, one channel for its bytes and one for
// what goes wrong. The first message on each is the port. upstream: kubelet/pkg/cri/streaming/portforward/websocket.go
import { Duplex } from "node:stream";
import { badRequest } from "#api/meta/status.ts";
import type { Exchange } from "../https/exchange.ts";
import { isPort } from "../proxy/location.ts";
import { MAX_WAITING_BYTES, openChannels, type Channels } from "./channels.ts";
import { forwardTo, type PodPort } from "./forwarding.ts";

/** One channel of bytes as a stream. */
class ChannelStream extends Duplex {
  readonly #write: (bytes: Uint8Array) => boolean;

  constructor(write: (bytes: Uint8Array) => boolean) {
    super();
    this.#write = write;
  }

  /** Takes what the client has sent. A pod that does not keep up is given up. */
  receive(bytes: Buffer): void {
    if (!this.destroyed && !this.push(bytes) && this.readableLength > MAX_WAITING_BYTES) this.destroy();
  }

  override _read(): void {} // what comes is pushed

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    if (this.#write(chunk)) done();
    else done(new Error("the client does not keep up"));
  }
}

const portBytes = (port: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(port);
  return bytes;
};

const forwardOne = async (channels: Channels, at: number, port: PodPort): Promise<ChannelStream> => {
  const stream = new ChannelStream((bytes) => channels.send(at * 2, bytes));
  for (const channel of [at * 2, at * 2 + 1]) channels.send(channel, portBytes(port.port));
  forwardTo(port, stream).catch((error: unknown) => {
    channels.send(at * 2 + 1, Buffer.from(error instanceof Error ? error.message : String(error)));
  });
  return stream;
};

/** Forwards the ports until the client leaves. Throws: BadRequest. */
export const forwardChannels = async (
  exchange: Exchange,
  protocol: string,
  portOf: (port: number) => PodPort,
  ports: readonly number[],
): Promise<void> => {
  if (ports.length === 0) throw badRequest('query parameter "port" is required');
  const wrong = ports.find((port) => !isPort(port));
  if (wrong !== undefined) throw badRequest(`port ${wrong} must be > 0`);
  const channels = openChannels(exchange, protocol);
  const streams = await Promise.all(ports.map((port, at) => forwardOne(channels, at, portOf(port))));
  channels.onMessage((channel, bytes) => {
    if (channel % 2 === 0) streams[channel / 2]?.receive(bytes);
  });
  await channels.closed;
  for (const stream of streams) stream.destroy();
};

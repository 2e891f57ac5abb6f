// A stream over a WebSocket: a log's bytes, or a watch's events, one message for each. Clients that cannot read an answer while
// it is made, such as browsers, ask for it. upstream: wsstream/stream.go, apiserver/pkg/endpoints/handlers/watch.go HandleWS
import { once } from "node:events";
import type { WebSocket } from "ws";
import type { StreamSink } from "#lib/api.ts";
import type { Exchange } from "../https/exchange.ts";
import { errorEvent, type Framing } from "../https/http-sink.ts";
import { agreeOn, openWebSocket } from "./web-socket.ts";

/** upstream: wsstream.NewDefaultReaderProtocols */
const PROTOCOLS = ["binary.k8s.io", "base64.binary.k8s.io"];

/** Writes frames as messages. The connection changes when the stream is accepted or its first frame is there. */
export class SocketSink implements StreamSink {
  /** Resolves when the stream has ended, with the error that refused it before anything was sent. */
  readonly ended: Promise<Error | undefined>;
  readonly #exchange: Exchange;
  readonly #framing: Framing;
  readonly #protocol: string;
  readonly #end: (error: Error | undefined) => void;
  #socket: WebSocket | undefined;
  #over = false;

  /** Throws: BadRequest when the client speaks nothing that is spoken here. */
  constructor(exchange: Exchange, framing: Framing) {
    this.#exchange = exchange;
    this.#framing = framing;
    this.#protocol = agreeOn(exchange, PROTOCOLS);
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    this.ended = promise;
    this.#end = resolve;
    exchange.gone.addEventListener("abort", () => this.#finish(), { once: true });
  }

  opened(): void {
    if (this.#over || this.#socket !== undefined) return;
    this.#socket = openWebSocket(this.#exchange, this.#protocol);
    this.#socket.resume(); // what the client says is of no interest, but its leave is
  }

  write(frame: Uint8Array): boolean {
    if (this.#over) return true;
    this.opened();
    this.#exchange.sentBytes += frame.length;
    const isText = this.#framing === "lines" || this.#protocol.startsWith("base64");
    const message = this.#protocol.startsWith("base64") ? Buffer.from(frame).toString("base64") : frame;
    this.#socket?.send(message, { binary: !isText });
    return this.#exchange.upgrade?.socket.writableNeedDrain !== true;
  }

  async drained(signal: AbortSignal): Promise<void> {
    const socket = this.#exchange.upgrade?.socket;
    if (socket?.writableNeedDrain === true) await once(socket, "drain", { signal: AbortSignal.any([signal, this.#exchange.gone]) });
  }

  end(error?: Error): void {
    if (this.#over) return;
    if (this.#socket === undefined && error !== undefined) return this.#finish(error);
    if (error !== undefined && this.#framing === "lines") this.write(errorEvent(error));
    this.opened();
    this.#socket?.close(1000);
    this.#finish();
  }

  #finish(error?: Error): void {
    this.#over = true;
    this.#end(error);
  }
}

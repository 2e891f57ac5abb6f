// A stream over HTTP: watch events as lines of JSON, logs as they are.
import { once } from "node:events";
import { ApiError, internal } from "#api/meta/status.ts";
import type { StreamSink } from "#lib/api.ts";
import type { Exchange } from "./exchange.ts";

const NEWLINE = 0x0a;
const encoder = new TextEncoder();

/** What an HTTP stream carries. */
export type Framing = "lines" | "bytes";

/** Writes frames as an answer's body. The headers go out when the stream is accepted or its first frame is there. */
export class HttpSink implements StreamSink {
  /** Resolves when the stream has ended, with the error that refused it before anything was sent. */
  readonly ended: Promise<Error | undefined>;
  readonly #exchange: Exchange;
  readonly #framing: Framing;
  readonly #end: (error: Error | undefined) => void;
  #open = false;
  #over = false;

  constructor(exchange: Exchange, framing: Framing) {
    this.#exchange = exchange;
    this.#framing = framing;
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    this.ended = promise;
    this.#end = resolve;
    exchange.gone.addEventListener("abort", () => this.#finish(), { once: true });
  }

  opened(): void {
    if (this.#open || this.#over) return;
    this.#open = true;
    const { response } = this.#exchange;
    response.setHeader("Content-Type", this.#framing === "lines" ? "application/json" : "text/plain");
    response.writeHead(200);
    response.flushHeaders();
  }

  write(frame: Uint8Array): boolean {
    if (this.#over) return true;
    this.opened();
    const bytes = this.#framing === "lines" ? line(frame) : frame;
    this.#exchange.sentBytes += bytes.length;
    return this.#exchange.response.write(bytes);
  }

  async drained(signal: AbortSignal): Promise<void> {
    const { response, gone } = this.#exchange;
    if (response.writableNeedDrain) await once(response, "drain", { signal: AbortSignal.any([signal, gone]) });
  }

  end(error?: Error): void {
    if (this.#over) return;
    if (!this.#open && error !== undefined) return this.#finish(error);
    if (error !== undefined && this.#framing === "lines") this.write(errorEvent(error));
    this.opened();
    this.#exchange.response.end();
    this.#finish();
  }

  #finish(error?: Error): void {
    this.#over = true;
    this.#end(error);
  }
}

const line = (frame: Uint8Array): Uint8Array => {
  if (frame.at(-1) === NEWLINE) return frame;
  const bytes = new Uint8Array(frame.length + 1);
  bytes.set(frame);
  bytes[frame.length] = NEWLINE;
  return bytes;
};

/** upstream: a watch that fails says so as an event of type ERROR */
export const errorEvent = (error: Error): Uint8Array => {
  const { status } = error instanceof ApiError ? error : internal(error);
  return encoder.encode(JSON.stringify({ type: "ERROR", object: status }));
};

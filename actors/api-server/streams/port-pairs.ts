// The streams by which kubectl forwards a port: for each connection a pair, one for its bytes, one for what goes wrong.
// upstream: kubelet/pkg/cri/streaming/portforward/httpstream.go
import type { Clock } from "#lib/clock.ts";
import { isPort } from "../proxy/location.ts";
import { forwardTo, type PodPort } from "./forwarding.ts";
import { STREAMS_MS } from "./ports.ts";
import type { Headers } from "./spdy/headers.ts";
import type { SpdyStream } from "./spdy/session.ts";

type Pair = { data?: SpdyStream; error?: SpdyStream };

type Asked = { readonly type: keyof Pair; readonly port: number; readonly request: string };

const readHeaders = ({ streamtype, port = "", requestid = "" }: Headers): Asked | undefined => {
  const number = Number(port);
  if (!isPort(number) || requestid === "" || (streamtype !== "data" && streamtype !== "error")) return undefined;
  return { type: streamtype, port: number, request: requestid };
};

/** Joins the streams of one client. */
export class PortPairs {
  readonly #portOf: (port: number) => PodPort;
  readonly #clock: Clock;
  readonly #pairs = new Map<string, Pair>();

  constructor(portOf: (port: number) => PodPort, clock: Clock) {
    this.#portOf = portOf;
    this.#clock = clock;
  }

  /** A stream that the client has opened. What belongs to no pair is given up, at once or when the other does not come. */
  take(stream: SpdyStream): void {
    const asked = readHeaders(stream.headers);
    const pair = this.#pairs.get(asked?.request ?? "") ?? {};
    if (asked === undefined || pair[asked.type] !== undefined) return void stream.destroy();
    const { request, type, port } = asked;
    pair[type] = stream;
    this.#pairs.set(request, pair);
    stream.on("close", () => this.#pairs.delete(request));
    if (pair.data !== undefined && pair.error !== undefined) return void this.#forward(port, pair.data, pair.error);
    const late = this.#clock.setTimeout(() => {
      if (pair.data === undefined || pair.error === undefined) stream.destroy();
    }, STREAMS_MS);
    stream.on("close", () => this.#clock.clearTimeout(late));
  }

  async #forward(port: number, data: SpdyStream, error: SpdyStream): Promise<void> {
    error.resume(); // the client says nothing on it
    try {
      await forwardTo(this.#portOf(port), data);
      error.end();
    } catch (reason) {
      error.end(reason instanceof Error ? reason.message : String(reason));
      data.destroy();
    }
  }
}

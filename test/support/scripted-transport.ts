// A transport whose answers the test writes by hand: for what a server must do at a certain moment. Where the real API
// server serves the purpose, use that.
import type { ApiRequest, ApiResponse, ApiTransport } from "#lib/api.ts";
import { Client } from "#lib/client.ts";

const encoder = new TextEncoder();

/** A stream that is open: the test gives it frames and its end. */
export class ScriptedStream {
  readonly request: ApiRequest;
  readonly ended: Promise<void>;
  readonly #onFrame: (frame: Uint8Array) => void;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;

  constructor(request: ApiRequest, onFrame: (frame: Uint8Array) => void, signal: AbortSignal) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.request = request;
    this.ended = promise;
    this.#onFrame = onFrame;
    this.#resolve = resolve;
    this.#reject = reject;
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  }

  send(frame: unknown): void {
    this.#onFrame(encoder.encode(JSON.stringify(frame)));
  }

  /** The bookmark that ends a list. */
  endList(resourceVersion: string): void {
    this.send({ type: "BOOKMARK", object: { metadata: { resourceVersion, annotations: { "k8s.io/initial-events-end": "true" } } } });
  }

  close(): void {
    this.#resolve();
  }

  fail(error: unknown): void {
    this.#reject(error);
  }
}

/** Records streams; requests are answered by `answer`. */
export class ScriptedTransport implements ApiTransport {
  readonly streams: ScriptedStream[] = [];
  readonly requests: ApiRequest[] = [];
  readonly client = new Client(this);
  readonly #answer: (request: ApiRequest) => unknown;

  constructor(answer: (request: ApiRequest) => unknown = () => ({})) {
    this.#answer = answer;
  }

  /** The newest stream. */
  get newest(): ScriptedStream {
    const last = this.streams.at(-1);
    if (last === undefined) throw new Error("no stream was opened");
    return last;
  }

  async request(request: ApiRequest): Promise<ApiResponse> {
    this.requests.push(request);
    const body = encoder.encode(JSON.stringify(await this.#answer(request)));
    return { code: 200, contentType: "application/json", body };
  }

  stream(request: ApiRequest, onFrame: (frame: Uint8Array) => void, signal: AbortSignal): Promise<void> {
    const stream = new ScriptedStream(request, onFrame, signal);
    this.streams.push(stream);
    return stream.ended;
  }

  async close(): Promise<void> {}
}

// Where the API server of a simulation is reached: the one that runs now, or nobody. What a crashed one had in hand is
// never answered; its streams break off.
import { failure } from "#api/meta/status.ts";
import type { ApiHandler, ApiRequest, ApiResponse, StreamSink, User } from "#lib/api.ts";

const encoder = new TextEncoder();
const down = (): Error => failure("ServiceUnavailable", "the API server is down");

const refusal = (): ApiResponse => {
  const { status } = failure("ServiceUnavailable", "the API server is down");
  return { code: status.code, contentType: "application/json", body: encoder.encode(JSON.stringify(status)) };
};

export class ServerFront implements ApiHandler {
  readonly name: string;
  #handler: ApiHandler | undefined;
  #sinks = new Set<StreamSink>();

  constructor(name: string) {
    this.name = name;
  }

  up(handler: ApiHandler): void {
    this.#handler = handler;
  }

  down(): void {
    this.#handler = undefined;
    const sinks = this.#sinks;
    this.#sinks = new Set();
    for (const sink of sinks) sink.end(down());
  }

  async handle(user: User, request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
    const handler = this.#handler;
    if (handler === undefined) return refusal();
    const response = await handler.handle(user, request, signal);
    return this.#handler === handler ? response : new Promise<never>(() => undefined);
  }

  stream(user: User, request: ApiRequest, sink: StreamSink, signal: AbortSignal): void {
    const handler = this.#handler;
    if (handler === undefined) return sink.end(down());
    const isUp = (): boolean => this.#handler === handler;
    const guarded: StreamSink = {
      write: (frame) => !isUp() || sink.write(frame),
      drained: (until) => sink.drained(until),
      end: (error) => {
        if (!isUp()) return;
        this.#sinks.delete(sink);
        sink.end(error);
      },
    };
    this.#sinks.add(sink);
    signal.addEventListener("abort", () => this.#sinks.delete(sink), { once: true });
    handler.stream(user, request, guarded, signal);
  }
}

// The transport inside one process: messages go straight to an ApiHandler, through a `deliver` port that by default only
// makes them asynchronous. A simulation gives a port that delays, loses, doubles and reorders, and still this transport
// keeps every transport's promises:
//
// M1 a request is handled at most once. M2 frames are given in order, each once; a missing one ends the stream. M3 silence
// ends a request or a stream with ServiceUnavailable, where `patience` is given.
import type { V1Status } from "#api/generated/types.ts";
import { ApiError, failure } from "#api/meta/status.ts";
import type { ApiHandler, ApiRequest, ApiResponse, ApiTransport, StreamSink, User } from "./api.ts";
import type { Clock, TimerId } from "./clock.ts";

/** Carries a message to the other side; messages of one channel stay in order unless the port means otherwise. */
export type Deliver = (message: () => void, channel: object) => void;

/** How long to bear silence, and how often a server speaks into an idle stream. */
export type Patience = { readonly clock: Clock; readonly answerMs: number; readonly silenceMs: number; readonly heartbeatMs: number };

export type MemoryTransportOptions = {
  readonly handler: ApiHandler;
  readonly user: User;
  readonly deliver?: Deliver | undefined;
  readonly patience?: Patience | undefined;
};

/** Frames on their way beyond which a sink asks its server to wait. */
const MOST_ON_THE_WAY = 1_000;

/** Why a handler is called off; one for all, since to make an error costs more than to carry a message. */
const OVER = new Error("nobody waits for the answer any more");

const closed = (): ApiError => failure("ServiceUnavailable", "the transport is closed");
const decoder = new TextDecoder();

/** One component's way to an API server in the same process. */
export class MemoryTransport implements ApiTransport {
  readonly #options: MemoryTransportOptions;
  readonly #deliver: Deliver;
  readonly #closing = new AbortController();

  constructor(options: MemoryTransportOptions) {
    this.#options = options;
    this.#deliver = options.deliver ?? ((message) => queueMicrotask(message));
  }

  async request(request: ApiRequest, signal?: AbortSignal): Promise<ApiResponse> {
    const { handler, user, patience } = this.#options;
    const call = new Exchange<ApiResponse>([this.#closing.signal, ...(signal === undefined ? [] : [signal])]);
    if (patience !== undefined) call.limit(patience.clock, patience.answerMs, () => failure("ServiceUnavailable", "no answer in time"));
    let handled = false;
    const answer = async (): Promise<void> => {
      if (handled) return;
      handled = true;
      const response = await handler.handle(user, request, call.abandoned);
      this.#deliver(() => call.resolve(response), call);
    };
    this.#deliver(() => void answer(), call);
    const response = await call.outcome;
    if (response.code < 400) return response;
    throw new ApiError({ ...(JSON.parse(decoder.decode(response.body)) as V1Status), code: response.code });
  }

  async stream(request: ApiRequest, onFrame: (frame: Uint8Array) => void, signal: AbortSignal): Promise<void> {
    const { handler, user, patience } = this.#options;
    const exchange = new Exchange<void>([this.#closing.signal, signal]);
    const reader = new Reader(exchange, onFrame, patience);
    let handled = false;
    this.#deliver(() => {
      if (handled || exchange.abandoned.aborted) return;
      handled = true;
      handler.stream(user, request, new Writer(exchange, reader, this.#deliver, patience), exchange.abandoned);
    }, exchange);
    await exchange.outcome;
  }

  async close(): Promise<void> {
    this.#closing.abort(closed());
  }
}

/** One request and what becomes of it. `abandoned` is aborted as soon as nobody waits any more. */
class Exchange<T> {
  readonly outcome: Promise<T>;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: unknown) => void;
  readonly #abandon = new AbortController();
  readonly #signals: readonly AbortSignal[];
  readonly #onAbort = (): void => this.fail(this.#signals.find(({ aborted }) => aborted)?.reason);
  #stopLimit: () => void = () => undefined;

  constructor(signals: readonly AbortSignal[]) {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.outcome = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signals = signals;
    for (const signal of signals) signal.addEventListener("abort", this.#onAbort, { once: true });
    if (signals.some(({ aborted }) => aborted)) this.#onAbort();
  }

  get abandoned(): AbortSignal {
    return this.#abandon.signal;
  }

  resolve(value: T): void {
    this.#resolve(value);
    this.#leave();
  }

  fail(error: unknown): void {
    this.#reject(error);
    this.#leave();
  }

  /** Fails after `ms`, counted from the last call. */
  limit(clock: Clock, ms: number, error: () => Error): void {
    this.#stopLimit();
    if (this.abandoned.aborted) return;
    const timer = clock.setTimeout(() => this.fail(error()), ms);
    this.#stopLimit = () => clock.clearTimeout(timer);
  }

  #leave(): void {
    this.#stopLimit();
    for (const signal of this.#signals) signal.removeEventListener("abort", this.#onAbort);
    this.#abandon.abort(OVER);
  }
}

/** The component's end of a stream. */
class Reader {
  readonly #exchange: Exchange<void>;
  readonly #onFrame: (frame: Uint8Array) => void;
  readonly #patience: Patience | undefined;
  #next = 0;

  constructor(exchange: Exchange<void>, onFrame: (frame: Uint8Array) => void, patience: Patience | undefined) {
    this.#exchange = exchange;
    this.#onFrame = onFrame;
    this.#patience = patience;
    this.#listen();
  }

  frame(number: number, frame: Uint8Array): void {
    if (!this.#isNext(number)) return;
    this.#next++;
    this.#onFrame(frame);
  }

  end(number: number, error: Error | undefined): void {
    if (!this.#isNext(number)) return;
    if (error === undefined) this.#exchange.resolve();
    else this.#exchange.fail(error);
  }

  /** The server is there, and `number` is what it will send next. */
  heartbeat(number: number): void {
    this.#isNext(number);
  }

  #isNext(number: number): boolean {
    if (this.#exchange.abandoned.aborted) return false;
    this.#listen();
    if (number > this.#next) this.#exchange.fail(failure("ServiceUnavailable", "the stream lost a frame"));
    return number === this.#next;
  }

  #listen(): void {
    const { clock, silenceMs } = this.#patience ?? {};
    if (clock === undefined || silenceMs === undefined) return;
    this.#exchange.limit(clock, silenceMs, () => failure("ServiceUnavailable", "the stream fell silent"));
  }
}

/** The server's end of a stream. */
class Writer implements StreamSink {
  readonly #exchange: Exchange<void>;
  readonly #reader: Reader;
  readonly #deliver: Deliver;
  readonly #patience: Patience | undefined;
  #number = 0;
  #onTheWay = 0;
  #waiting: (() => void)[] = [];
  #heartbeat: TimerId;
  #ended = false;

  constructor(exchange: Exchange<void>, reader: Reader, deliver: Deliver, patience: Patience | undefined) {
    this.#exchange = exchange;
    this.#reader = reader;
    this.#deliver = deliver;
    this.#patience = patience;
    exchange.abandoned.addEventListener("abort", () => this.#rest(), { once: true });
    this.#beat();
  }

  write(frame: Uint8Array): boolean {
    if (this.#ended || this.#exchange.abandoned.aborted) return true;
    const number = this.#number++;
    this.#onTheWay++;
    this.#deliver(() => {
      this.#reader.frame(number, frame);
      this.#arrived(number);
    }, this.#exchange);
    return this.#onTheWay < MOST_ON_THE_WAY;
  }

  drained(signal: AbortSignal): Promise<void> {
    if (this.#onTheWay < MOST_ON_THE_WAY) return Promise.resolve();
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    return promise;
  }

  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#rest();
    const number = this.#number;
    this.#deliver(() => this.#reader.end(number, error), this.#exchange);
  }

  /** All before it have arrived too, or are lost. */
  #arrived(number: number): void {
    this.#onTheWay = Math.min(this.#onTheWay, this.#number - number - 1);
    if (this.#onTheWay >= MOST_ON_THE_WAY) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #beat(): void {
    if (this.#patience === undefined || this.#ended || this.#exchange.abandoned.aborted) return;
    const { clock, heartbeatMs } = this.#patience;
    this.#heartbeat = clock.setTimeout(() => {
      const number = this.#number;
      this.#deliver(() => this.#reader.heartbeat(number), this.#exchange);
      this.#beat();
    }, heartbeatMs);
  }

  #rest(): void {
    if (this.#patience !== undefined) this.#patience.clock.clearTimeout(this.#heartbeat);
  }
}

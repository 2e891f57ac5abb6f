// The side that answers exchanges: the API server to components, a node to the API server. One subscription takes openings,
// shared with the other answerers of the group; one takes what callers say while they are answered.
//
// A1 the speaker's name comes from the subject, which nats-server let only that speaker publish to; answers go only under the
// speaker's own root. A2 an exchange whose caller has gone is dropped: nats-server says that nobody listens. A3 a caller that
// takes nothing for a while, though there is something to take, is cut off. A4 after the connection was cut every exchange
// fails, since what was sent meanwhile is lost.
import { ApiError, badRequest, failure, internal } from "#api/meta/status.ts";
import type { StreamSink } from "#lib/api.ts";
import type { Clock, TimerId } from "#lib/clock.ts";
import type { Random } from "#lib/random.ts";
import { rootOf } from "./address.ts";
import { type Connection, isNoResponders, type Message } from "./connection.ts";
import { randomToken } from "./requests.ts";
import { Sender } from "./sender.ts";
import { decodeFlow, decodeOpening, encodeJson, type Opening } from "./stream.ts";

export type AnswererPorts = { readonly connection: Connection; readonly clock: Clock; readonly random: Random };

/** What an answerer does with an exchange: it writes to the sink and ends it, and stops when `signal` is aborted. */
export type Answer = (exchange: {
  readonly kind: "request" | "stream";
  readonly speaker: string;
  readonly opening: Opening;
  readonly sink: StreamSink;
  readonly signal: AbortSignal;
}) => void;

/** What both sides of an exchange hold to. */
export const PACE = {
  /** An idle exchange gets a heartbeat so often. */
  heartbeatMs: 5_000,
  /** A full window of which nothing is consumed for so long is the end. */
  slowMs: 30_000,
  windowBytes: 1024 * 1024,
  maxMessageBytes: 256 * 1024,
  sweepMs: 1_000,
} as const;

const noop = (): void => undefined;
const statusOf = (error: Error): Uint8Array => encodeJson((error instanceof ApiError ? error : internal(error)).status);

/** Answers openings under `root`, such as `api.*`. The answer ends it: every exchange fails, so that callers go elsewhere. */
export const answerExchanges = (
  ports: AnswererPorts,
  of: { readonly root: string; readonly queue: string },
  answer: Answer,
): (() => void) => {
  const answerer = new Answerer(ports, answer);
  const { connection } = ports;
  const stops = [
    connection.subscribe(`${of.root}.flow.${answerer.token}.*`, (message) => answerer.flow(message)),
    connection.subscribe(`${of.root}.request`, (message) => answerer.open("request", message), of.queue),
    connection.subscribe(`${of.root}.stream`, (message) => answerer.open("stream", message), of.queue),
    connection.onStatus(({ type }) => {
      if (type === "connected") answerer.cutAll("the connection to NATS was cut");
      if (type === "closed") answerer.cutAll("the connection to NATS was closed");
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    answerer.cutAll("the server is going away");
  };
};

class Answerer {
  readonly token: string;
  readonly #ports: AnswererPorts;
  readonly #answer: Answer;
  readonly #exchanges = new Map<string, Exchange>();
  #count = 0;
  #timer: TimerId;

  constructor(ports: AnswererPorts, answer: Answer) {
    this.#ports = ports;
    this.#answer = answer;
    this.token = randomToken(ports.random);
  }

  open(kind: "request" | "stream", { subject, reply = "", data }: Message): void {
    const { root, name } = rootOf(subject);
    if (!reply.startsWith(`${root}.reply.`)) return;
    const { connection, clock } = this.#ports;
    const flowSubject = `${root}.flow.${this.token}.${(this.#count++).toString(36)}`;
    const publish = (message: Uint8Array): void => connection.publish(reply, message, { reply: flowSubject });
    const exchange = new Exchange(publish, clock, () => this.#exchanges.delete(flowSubject));
    this.#exchanges.set(flowSubject, exchange);
    this.#timer ??= clock.setTimeout(() => this.#sweep(), PACE.sweepMs);
    let opening: Opening;
    try {
      opening = decodeOpening(data);
    } catch {
      return exchange.end(badRequest("the request cannot be read"));
    }
    if (kind === "stream") exchange.greet();
    this.#answer({ kind, speaker: name, opening, sink: exchange, signal: exchange.signal });
  }

  flow(message: Message): void {
    const exchange = this.#exchanges.get(message.subject);
    if (exchange === undefined) return this.#disown(message);
    if (isNoResponders(message)) return exchange.drop("the caller is gone");
    const flow = decodeFlow(message.data);
    if (flow?.what === "credit") exchange.credit(flow.consumedBytes);
    else if (flow?.what === "cancel") exchange.drop("the caller cancelled");
  }

  cutAll(why: string): void {
    this.#ports.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const exchange of this.#exchanges.values()) exchange.cut(failure("ServiceUnavailable", why));
  }

  /** Somebody asks after an exchange that is over here; it may not know. */
  #disown({ reply = "", subject, data }: Message): void {
    const isAsked = decodeFlow(data)?.what === "probe" && reply.startsWith(`${rootOf(subject).root}.reply.`);
    if (!isAsked) return;
    const publish = (message: Uint8Array): void => this.#ports.connection.publish(reply, message);
    new Exchange(publish, this.#ports.clock, noop).cut(failure("ServiceUnavailable", "the exchange is not known here"));
  }

  #sweep(): void {
    this.#timer = undefined;
    for (const exchange of this.#exchanges.values()) exchange.sweep();
    if (this.#exchanges.size > 0) this.#timer = this.#ports.clock.setTimeout(() => this.#sweep(), PACE.sweepMs);
  }
}

class Exchange implements StreamSink {
  readonly #sender: Sender;
  readonly #clock: Clock;
  readonly #over: () => void;
  readonly #controller = new AbortController();
  readonly #draining = new Set<() => void>();
  #sentAt: number;
  /** Sweeps since the caller, having no more room, has consumed anything. */
  #fullSweeps = 0;
  #isFlushing = false;

  constructor(publish: (message: Uint8Array) => void, clock: Clock, over: () => void) {
    this.#clock = clock;
    this.#over = over;
    this.#sentAt = clock.now();
    this.#sender = new Sender({
      publish: (message) => {
        this.#sentAt = clock.now();
        publish(message);
      },
      maxMessageBytes: PACE.maxMessageBytes,
      windowBytes: PACE.windowBytes,
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  write(frame: Uint8Array): boolean {
    this.#sender.write(frame);
    this.#flushSoon();
    return !this.#sender.isFull;
  }

  drained(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    if (this.#sender.hasRoom || this.#sender.isEnded) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = (): void => {
      this.#draining.delete(drained);
      reject(signal.reason as Error);
    };
    const drained = (): void => {
      signal.removeEventListener("abort", abort);
      resolve();
    };
    signal.addEventListener("abort", abort, { once: true });
    this.#draining.add(drained);
    return promise;
  }

  end(error?: Error): void {
    this.#sender.end(error === undefined ? undefined : statusOf(error));
    this.#flushSoon();
  }

  /** Tells the caller at once where it can cancel. */
  greet(): void {
    this.#sender.heartbeat();
  }

  credit(consumedBytes: number): void {
    if (!this.#sender.credit(consumedBytes)) return;
    this.#fullSweeps = 0;
    this.#flush();
    if (this.#sender.hasRoom) this.#release();
  }

  /** Fails the exchange at once and tells the caller. */
  cut(error: ApiError): void {
    this.#sender.cut(encodeJson(error.status));
    this.drop(error.message);
  }

  /** Forgets the exchange without a word. */
  drop(why: string): void {
    this.#over();
    this.#controller.abort(failure("ServiceUnavailable", why));
    this.#release();
  }

  /** Keeps an idle exchange alive, and cuts off a caller that does not keep up. */
  sweep(): void {
    this.#fullSweeps = this.#sender.isFull ? this.#fullSweeps + 1 : 0;
    if (this.#fullSweeps >= PACE.slowMs / PACE.sweepMs) this.cut(failure("ServiceUnavailable", "the caller does not keep up"));
    else if (this.#clock.now() - this.#sentAt >= PACE.heartbeatMs) this.#sender.heartbeat();
  }

  /** When everything that is written now has been written, so that it goes in one message. */
  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#controller.signal.aborted) return;
    this.#sender.flush();
    if (this.#sender.isEnded) this.drop("the exchange has ended");
  }

  #release(): void {
    for (const drained of this.#draining) drained();
    this.#draining.clear();
  }
}

// The side that opens exchanges: components with the API server, the API server with nodes. All answers come on one
// subscription.
//
// C1 every exchange ends: at its end, at its failure, or when the answerer is silent, gone, or cut off. C2 a message that was
// lost is noticed by the numbers, so frames are complete and in order or the exchange fails with ServiceUnavailable. C3 what
// was called off is called off at the answerer too, as soon as it is known who that is.
import { ApiError, failure } from "#api/meta/status.ts";
import type { Clock, TimerId } from "#lib/clock.ts";
import type { Random } from "#lib/random.ts";
import { PACE } from "./answerer.ts";
import { type Connection, type ConnectionStatus, isNoResponders, type Message } from "./connection.ts";
import { Receiver } from "./receiver.ts";
import { randomToken } from "./requests.ts";
import { decodeJson, encodeFlow, endsExchange } from "./stream.ts";

export type CallerPorts = { readonly connection: Connection; readonly clock: Clock; readonly random: Random };

/** What to open, and what to do with the answer. `root` is the one that is spoken for, or a node's. */
export type Call = {
  readonly root: string;
  readonly kind: "request" | "stream";
  readonly opening: Uint8Array;
  /** A promise that it answers with is waited for before there is credit for more. */
  readonly onFrame: (frame: Uint8Array) => unknown;
  /** Default: none. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
};

/**
 * After one missed heartbeat the answerer is asked whether it is there; after three it is gone. Counted in sweeps, not in time:
 * a process that was stopped for a while has first to read what came meanwhile.
 */
const SWEEPS_PER_HEARTBEAT = PACE.heartbeatMs / PACE.sweepMs;
const PROBE_AFTER_SWEEPS = SWEEPS_PER_HEARTBEAT + 2;
const SILENT_AFTER_SWEEPS = 3 * SWEEPS_PER_HEARTBEAT;

type Exchange = {
  readonly call: Call;
  readonly subject: string;
  readonly reply: string;
  readonly receiver: Receiver;
  readonly dueAt: number;
  readonly settle: (error?: Error) => void;
  /** Where the answerer listens; "" until it has said. */
  flow: string;
  silentSweeps: number;
};

const unavailable = (why: string): ApiError => failure("ServiceUnavailable", why);

export class Caller {
  readonly #ports: CallerPorts;
  readonly #replies: string;
  readonly #exchanges = new Map<string, Exchange>();
  readonly #stops: readonly (() => void)[];
  #count = 0;
  #timer: TimerId;
  #closed = false;

  /** @param root what it will speak for, such as `api.system=3Akube-scheduler`, or `node.*` */
  constructor(ports: CallerPorts, root: string) {
    const { connection, random } = ports;
    this.#ports = ports;
    this.#replies = `reply.${randomToken(random)}`;
    this.#stops = [
      connection.subscribe(`${root}.${this.#replies}.*`, (message) => this.#receive(message)),
      connection.onStatus((status) => this.#onStatus(status, `${root}.${this.#replies}.*`)),
    ];
  }

  /** Opens an exchange and resolves when it has ended. Throws: ApiError; the signal's reason. */
  call(call: Call): Promise<void> {
    const { signal, root, kind } = call;
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    if (this.#closed) return Promise.reject(unavailable("the transport is closed"));
    if (!this.#ports.connection.connected) return Promise.reject(unavailable("there is no connection to NATS"));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const reply = `${root}.${this.#replies}.${(this.#count++).toString(36)}`;
    const abort = (): void => this.#callOff(exchange, signal?.reason as Error);
    const settle = (error?: Error): void => {
      this.#exchanges.delete(reply);
      signal?.removeEventListener("abort", abort);
      if (error === undefined) resolve();
      else reject(error);
    };
    const exchange: Exchange = {
      call,
      subject: `${root}.${kind}`,
      reply,
      receiver: new Receiver(PACE.windowBytes, call.onFrame),
      dueAt: call.timeoutMs === undefined ? Number.POSITIVE_INFINITY : this.#ports.clock.now() + call.timeoutMs,
      settle,
      flow: "",
      silentSweeps: 0,
    };
    signal?.addEventListener("abort", abort, { once: true });
    this.#exchanges.set(reply, exchange);
    this.#open(exchange);
    return promise;
  }

  /** Calls off what is open; the connection stays. */
  close(): void {
    this.#closed = true;
    for (const exchange of this.#exchanges.values()) this.#callOff(exchange, unavailable("the transport is closed"));
    for (const stop of this.#stops) stop();
    this.#ports.clock.clearTimeout(this.#timer);
  }

  #open({ call, subject, reply, settle }: Exchange): void {
    const { connection, clock } = this.#ports;
    if (call.opening.length > connection.maxPayloadBytes) {
      return settle(failure("RequestEntityTooLarge", `the request is larger than ${connection.maxPayloadBytes} bytes`));
    }
    connection.publish(subject, call.opening, { reply });
    this.#timer ??= clock.setTimeout(() => this.#sweep(), PACE.sweepMs);
  }

  #receive(message: Message): void {
    const exchange = this.#exchanges.get(message.subject);
    if (exchange === undefined) return this.#callOffUnknown(message);
    if (isNoResponders(message)) return exchange.settle(unavailable("nobody answers"));
    exchange.silentSweeps = 0;
    exchange.flow = message.reply ?? "";
    try {
      this.#take(exchange, message.data);
    } catch (error) {
      this.#callOff(exchange, error as Error);
    }
  }

  #take(exchange: Exchange, data: Uint8Array): void {
    const received = exchange.receiver.receive(data);
    switch (received.is) {
      case "ended":
        return exchange.settle();
      case "failed":
        return exchange.settle(new ApiError(decodeJson(received.status) as ApiError["status"]));
      case "gap":
        return this.#callOff(exchange, unavailable("a part of the answer was lost"));
      case "open":
        return this.#consumed(exchange);
    }
  }

  /** Gives credit when everything has been taken. */
  #consumed(exchange: Exchange): void {
    const { taking } = exchange.receiver;
    if (taking === undefined) return this.#credit(exchange);
    taking.then(
      () => this.#credit(exchange),
      (error: unknown) => {
        if (this.#isOpen(exchange)) this.#callOff(exchange, error as Error);
      },
    );
  }

  #credit(exchange: Exchange): void {
    const consumedBytes = this.#isOpen(exchange) ? exchange.receiver.creditDue() : undefined;
    if (consumedBytes !== undefined) this.#ports.connection.publish(exchange.flow, encodeFlow({ what: "credit", consumedBytes }));
  }

  #isOpen(exchange: Exchange): boolean {
    return this.#exchanges.get(exchange.reply) === exchange;
  }

  #callOff({ flow, settle }: Exchange, error: Error): void {
    if (flow !== "") this.#ports.connection.publish(flow, encodeFlow({ what: "cancel" }));
    settle(error);
  }

  /** An exchange that is over here goes on there: its end was not known there, or it was called off before it answered. */
  #callOffUnknown({ reply = "", data }: Message): void {
    if (reply !== "" && !endsExchange(data)) this.#ports.connection.publish(reply, encodeFlow({ what: "cancel" }));
  }

  #sweep(): void {
    this.#timer = undefined;
    const now = this.#ports.clock.now();
    for (const exchange of this.#exchanges.values()) this.#check(exchange, now);
    if (this.#exchanges.size > 0) this.#timer = this.#ports.clock.setTimeout(() => this.#sweep(), PACE.sweepMs);
  }

  #check(exchange: Exchange, now: number): void {
    const silentSweeps = ++exchange.silentSweeps;
    if (now >= exchange.dueAt) this.#callOff(exchange, failure("Timeout", "the server did not answer in time"));
    else if (silentSweeps === SILENT_AFTER_SWEEPS) this.#callOff(exchange, unavailable("the server is silent"));
    else if (silentSweeps === PROBE_AFTER_SWEEPS && exchange.flow !== "") {
      this.#ports.connection.publish(exchange.flow, encodeFlow({ what: "probe" }), { reply: exchange.reply });
    }
  }

  #onStatus(status: ConnectionStatus, replies: string): void {
    if (status.type === "connected") return;
    if (status.type === "closed") return this.close();
    const isDenied = ({ subject }: Exchange): boolean => status.type === "denied" && [subject, replies].includes(status.subject);
    for (const exchange of this.#exchanges.values()) {
      if (status.type !== "denied") exchange.settle(unavailable("the connection to NATS was cut"));
      else if (isDenied(exchange)) exchange.settle(failure("Forbidden", `NATS does not let this connection use ${status.subject}`));
    }
  }
}

// Reads a stream from its start and then for ever, in order, each message once, across cut connections and server restarts.
// An ephemeral push consumer does the reading; whenever there is doubt it is thrown away and another begins after the last
// message given.
//
// O1 messages are given in stream order, none twice. O2 a message that the consumer sent and we did not get is noticed (by the
// consumer's own count, also in its heartbeats) and read again. O3 a stream that is not the one we read, or ends before where
// we were, is never read: the reading ends with StreamReset.
import type { Clock, TimerId } from "#lib/clock.ts";
import type { Random } from "#lib/random.ts";
import type { Connection, Message } from "./connection.ts";
import { hasCode, type JetStream, JS_CODES } from "./jetstream.ts";
import { randomToken } from "./requests.ts";

/** The stream was made anew or lost its newest messages: what was read cannot be continued. */
export class StreamReset extends Error {
  override readonly name = "StreamReset";
}

/** Where a message stands: its sequence, and how many of the stream's messages were still to come when it was sent. */
export type Place = { readonly sequence: number; readonly pending: number };

export interface StreamReader {
  /** Reading begins or resumes after `after` (0: the start) of a stream that ends at `last`. Told before any message. */
  begins(after: number, last: number): void;
  message(message: Message, place: Place): void;
  /** All that the stream holds has been given. Told again whenever the stream is idle. */
  idle(): void;
  /** Nothing more comes. */
  ended(error: StreamReset): void;
}

export type ReadPorts = { readonly connection: Connection; readonly jetstream: JetStream; readonly clock: Clock; readonly random: Random };

const HEARTBEAT_MS = 5_000;
const MISSED_AFTER_MS = 3 * HEARTBEAT_MS;
const RETRY_MS = 200;
const INACTIVE_MS = 10_000;
const NANOS_PER_MS = 1_000_000;
const EMPTY = new Uint8Array();

/** `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer sequence>.<time>.<pending>`; with a domain, two tokens more in front and one more behind. */
const placeOf = (reply: string): Place & { readonly delivered: number } => {
  const tokens = reply.split(".");
  const shift = tokens.length > 9 ? 2 : 0;
  return { sequence: Number(tokens[5 + shift]), delivered: Number(tokens[6 + shift]), pending: Number(tokens[8 + shift]) };
};

/** Reads `stream` until `signal` is aborted or the reader is told `ended`. */
export const readStream = (
  ports: ReadPorts,
  stream: { readonly name: string; readonly headersOnly?: boolean },
  reader: StreamReader,
  signal: AbortSignal,
): void => {
  if (!signal.aborted) new Reading(ports, stream, reader, signal).start();
};

class Reading {
  readonly #ports: ReadPorts;
  readonly #stream: { readonly name: string; readonly headersOnly?: boolean };
  readonly #reader: StreamReader;
  readonly #signal: AbortSignal;
  readonly #inbox: string;
  /** Counts the consumers; messages of an older one are not ours any more. */
  #generation = 0;
  #unsubscribe: () => void = () => undefined;
  #last = 0;
  #delivered = 0;
  #createdAt: string | undefined;
  #heardAt = 0;
  #heartbeat: TimerId;
  #retry: TimerId;

  constructor(
    ports: ReadPorts,
    stream: { readonly name: string; readonly headersOnly?: boolean },
    reader: StreamReader,
    signal: AbortSignal,
  ) {
    this.#ports = ports;
    this.#stream = stream;
    this.#reader = reader;
    this.#signal = signal;
    this.#inbox = `${ports.connection.inbox}.${randomToken(ports.random)}`;
  }

  start(): void {
    const offStatus = this.#ports.connection.onStatus(({ type }) => {
      if (type === "connected") this.#restart();
    });
    this.#signal.addEventListener(
      "abort",
      () => {
        offStatus();
        this.#stop();
      },
      { once: true },
    );
    this.#restart();
    this.#watchHeartbeat();
  }

  #stop(): void {
    this.#generation++;
    this.#unsubscribe();
    this.#ports.clock.clearTimeout(this.#heartbeat);
    this.#ports.clock.clearTimeout(this.#retry);
  }

  #watchHeartbeat(): void {
    this.#heartbeat = this.#ports.clock.setTimeout(() => {
      if (this.#ports.clock.now() - this.#heardAt >= MISSED_AFTER_MS) this.#restart();
      this.#watchHeartbeat();
    }, HEARTBEAT_MS);
  }

  #restart(): void {
    this.#unsubscribe();
    this.#ports.clock.clearTimeout(this.#retry);
    const generation = ++this.#generation;
    this.#heardAt = this.#ports.clock.now();
    void this.#attach(generation);
  }

  /** Tries until a consumer delivers to us, or another attempt has taken over. */
  async #attach(generation: number): Promise<void> {
    try {
      await this.#begin(generation);
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#unsubscribe();
      if (error instanceof StreamReset || hasCode(error, JS_CODES.streamNotFound)) return this.#reset(error as Error);
      this.#retry = this.#ports.clock.setTimeout(() => void this.#attach(generation), RETRY_MS);
    }
  }

  async #begin(generation: number): Promise<void> {
    const { connection, jetstream } = this.#ports;
    const { created, state } = await jetstream.streamInfo(this.#stream.name, this.#signal);
    if (generation !== this.#generation) return;
    if ((this.#createdAt ??= created) !== created) throw new StreamReset("the stream was made anew");
    if (state.last_seq < this.#last) throw new StreamReset(`the stream ends at ${state.last_seq}, before ${this.#last}`);
    this.#delivered = 0;
    this.#reader.begins(this.#last, state.last_seq);
    const inbox = `${this.#inbox}.${generation}`;
    this.#unsubscribe = connection.subscribe(inbox, (message) => this.#receive(message, generation));
    const info = await jetstream.createConsumer(this.#stream.name, this.#config(inbox), this.#signal);
    if (generation === this.#generation && info.num_pending === 0 && this.#delivered === 0) this.#reader.idle();
  }

  #config(inbox: string): Parameters<JetStream["createConsumer"]>[1] {
    return {
      deliver_subject: inbox,
      ...(this.#last === 0
        ? { deliver_policy: "all" as const }
        : { deliver_policy: "by_start_sequence" as const, opt_start_seq: this.#last + 1 }),
      ack_policy: "none" as const,
      replay_policy: "instant" as const,
      max_deliver: 1,
      flow_control: true,
      idle_heartbeat: HEARTBEAT_MS * NANOS_PER_MS,
      inactive_threshold: INACTIVE_MS * NANOS_PER_MS,
      headers_only: this.#stream.headersOnly ?? false,
      mem_storage: true,
      num_replicas: 1,
    };
  }

  #receive(message: Message, generation: number): void {
    if (generation !== this.#generation) return;
    this.#heardAt = this.#ports.clock.now();
    const { reply = "" } = message;
    if (!reply.startsWith("$JS.ACK.")) return this.#control(message);
    const { sequence, delivered, pending } = placeOf(reply);
    if (delivered !== this.#delivered + 1) return this.#restart();
    this.#delivered = delivered;
    this.#last = sequence;
    this.#reader.message(message, { sequence, pending });
  }

  /** Heartbeats, requests for flow control, and the news that the server dropped the consumer. */
  #control(message: Message): void {
    const { connection } = this.#ports;
    if (message.headers?.code !== 100) return this.#restart();
    if (message.reply !== undefined && message.reply !== "") return connection.publish(message.reply, EMPTY);
    const stalled = message.headers.get("Nats-Consumer-Stalled");
    if (stalled !== "") connection.publish(stalled, EMPTY);
    if (Number(message.headers.get("Nats-Last-Consumer")) !== this.#delivered) return this.#restart();
    this.#reader.idle();
  }

  #reset(cause: Error): void {
    this.#stop();
    this.#reader.ended(cause instanceof StreamReset ? cause : new StreamReset("the stream is gone", { cause }));
  }
}

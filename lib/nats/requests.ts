// Requests over one connection: many in flight, all answers on one subscription, one timer for all of them.
//
// R1 every request ends: with an answer, or with NoAnswer saying why there is none. R2 a cut of the connection ends every
// request at once, since an answer that was on its way is lost.
import type { Clock, TimerId } from "#lib/clock.ts";
import type { Random } from "#lib/random.ts";
import { type Connection, type Headers, isNoResponders, type Message } from "./connection.ts";

/** Nobody answered. `seen` is false when it is certain that nobody saw the request. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  readonly why: "noResponders" | "timeout" | "disconnected" | "closed";
  readonly seen: boolean;
  constructor(why: NoAnswer["why"], subject: string, seen = why !== "noResponders") {
    super(`no answer from ${subject}: ${why}`);
    this.why = why;
    this.seen = seen;
  }
}

export type RequestOptions = {
  readonly headers?: Headers;
  /** Default 5000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
};

type Pending = {
  readonly subject: string;
  readonly dueAt: number;
  readonly settle: (answer: Message | Error) => void;
};

const TIMEOUT_MS = 5_000;
/** How late a timeout may be told. */
const SWEEP_MS = 100;

/** A random token for a subject that nobody else may guess. */
export const randomToken = (random: Random): string => Buffer.from(random.bytes(12)).toString("hex");

/** The requests of one connection. */
export class Requests {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #pending = new Map<string, Pending>();
  readonly #stops: readonly (() => void)[];
  #count = 0;
  #timer: TimerId;
  #closed = false;

  constructor(connection: Connection, clock: Clock, random: Random) {
    this.#connection = connection;
    this.#clock = clock;
    this.#prefix = `${connection.inbox}.${randomToken(random)}.`;
    this.#stops = [
      connection.subscribe(`${this.#prefix}*`, (message) => this.#answer(message)),
      connection.onStatus(({ type }) => {
        if (type === "disconnected" || type === "closed") this.#failAll(type);
      }),
    ];
  }

  /** Sends `data` and waits for the answer. Throws: NoAnswer; the signal's reason. */
  send(subject: string, data: Uint8Array, { headers, timeoutMs = TIMEOUT_MS, signal }: RequestOptions = {}): Promise<Message> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    if (this.#closed) return Promise.reject(new NoAnswer("closed", subject, false));
    if (!this.#connection.connected) return Promise.reject(new NoAnswer("disconnected", subject, false));
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    const id = (this.#count++).toString(36);
    const abort = (): void => settle(signal?.reason as Error);
    const settle = (answer: Message | Error): void => {
      this.#pending.delete(id);
      signal?.removeEventListener("abort", abort);
      if (answer instanceof Error) reject(answer);
      else resolve(answer);
    };
    this.#connection.publish(subject, data, { reply: this.#prefix + id, ...(headers === undefined ? {} : { headers }) });
    signal?.addEventListener("abort", abort, { once: true });
    this.#pending.set(id, { subject, dueAt: this.#clock.now() + timeoutMs, settle });
    this.#timer ??= this.#clock.setTimeout(() => this.#sweep(), SWEEP_MS);
    return promise;
  }

  /** Ends what is in flight; the connection stays open. */
  close(): void {
    this.#closed = true;
    for (const stop of this.#stops) stop();
    this.#failAll("closed");
  }

  #answer(message: Message): void {
    const pending = this.#pending.get(message.subject.slice(this.#prefix.length));
    pending?.settle(isNoResponders(message) ? new NoAnswer("noResponders", pending.subject) : message);
  }

  #sweep(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    for (const { subject, dueAt, settle } of this.#pending.values()) if (dueAt <= now) settle(new NoAnswer("timeout", subject));
    if (this.#pending.size > 0) this.#timer = this.#clock.setTimeout(() => this.#sweep(), SWEEP_MS);
  }

  #failAll(why: NoAnswer["why"]): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { subject, settle } of this.#pending.values()) settle(new NoAnswer(why, subject));
  }
}

// One connection to NATS: reconnects for ever, tells when it is cut and when it is back, and drains when it is closed.
//
// I1 nothing that was published while the connection was cut is sent later by surprise: whoever awaits an answer is told by
// `disconnected` and decides. I2 an exception of a message handler ends the process, as any bug does; it is never swallowed.
import {
  ClosedConnectionError,
  DrainingConnectionError,
  connect as dial,
  MsgHdrsImpl,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  PermissionViolationError,
  type Status,
} from "@nats-io/transport-node";
import { type Clock, sleep } from "#lib/clock.ts";
import { inboxPrefix } from "./address.ts";

/** A message as it came. `data` may be part of a larger buffer: copy what is to be kept. */
export type Message = Pick<Msg, "subject" | "reply" | "data" | "headers">;

export type Headers = { readonly [name: string]: string };

/** What happened to a connection. `denied`: nats-server refused a subject that the user may not use. */
export type ConnectionStatus =
  | { readonly type: "connected" | "disconnected" | "closed" }
  | { readonly type: "denied"; readonly operation: "publish" | "subscription"; readonly subject: string };

export type ConnectionOptions = {
  /** `host:port` of each server. */
  readonly servers: readonly string[];
  readonly user: string;
  readonly password: string;
  /** What the server's monitoring calls the connection. */
  readonly name: string;
  readonly clock: Clock;
  /** Keep trying when no server answers the first time. Default: fail. */
  readonly waitForServer?: boolean;
};

const RECONNECT_WAIT_MS = 100;
const PING_INTERVAL_MS = 10_000;
const DRAIN_MS = 2_000;

/** True for the answer that nats-server gives when nobody listens to a subject. */
export const isNoResponders = (message: Message): boolean => message.data.length === 0 && message.headers?.code === 503;

const noop = (): void => undefined;

/** A live connection; made by `connect`. */
export class Connection {
  /** The prefix for inboxes of this connection's own. */
  readonly inbox: string;
  readonly #nats: NatsConnection;
  readonly #clock: Clock;
  readonly #listeners = new Set<(status: ConnectionStatus) => void>();
  #connected = true;

  constructor(nats: NatsConnection, { user, clock }: ConnectionOptions) {
    this.#nats = nats;
    this.#clock = clock;
    this.inbox = inboxPrefix(user);
    void this.#watch();
  }

  /** False while the connection is cut. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Bytes of the largest message that the server takes. */
  get maxPayloadBytes(): number {
    return this.#nats.info?.max_payload ?? 1024 * 1024;
  }

  /** Sends a message; once the connection is being closed, nothing. Throws: when it is larger than the server takes. */
  publish(subject: string, data: Uint8Array, options: { readonly reply?: string; readonly headers?: Headers } = {}): void {
    try {
      this.#nats.publish(subject, data, {
        ...(options.reply === undefined ? {} : { reply: options.reply }),
        ...(options.headers === undefined ? {} : { headers: encodeHeaders(options.headers) }),
      });
    } catch (error) {
      if (!(error instanceof ClosedConnectionError || error instanceof DrainingConnectionError)) throw error;
    }
  }

  /** Calls `onMessage` for each message, also after reconnects; with `queue`, shares them with the others of that name. The answer unsubscribes. */
  subscribe(subject: string, onMessage: (message: Message) => void, queue?: string): () => void {
    const subscription = this.#nats.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        if (error !== null) return; // the status says it too
        try {
          onMessage(message);
        } catch (cause) {
          queueMicrotask(() => {
            throw cause;
          });
        }
      },
    });
    return () => subscription.unsubscribe();
  }

  /** Resolves when the server has seen all that was published and subscribed. Throws: when the connection is cut meanwhile. */
  flush(): Promise<void> {
    return this.#nats.flush();
  }

  /** Calls `listener` for each change; `closed` is the last. The answer unsubscribes. */
  onStatus(listener: (status: ConnectionStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sends what is pending, lets handlers finish what has arrived, and closes. Idempotent. */
  async close(): Promise<void> {
    if (this.#nats.isClosed()) return;
    if (this.#connected && !this.#nats.isDraining()) {
      const stop = new AbortController();
      const late = sleep(this.#clock, DRAIN_MS, stop.signal).catch(noop);
      await Promise.race([this.#nats.drain().catch(noop), late]);
      stop.abort();
    }
    await this.#nats.close();
  }

  async #watch(): Promise<void> {
    for await (const status of this.#nats.status()) {
      const told = statusOf(status);
      if (told === undefined) continue;
      if (told.type !== "denied") this.#connected = told.type === "connected";
      for (const listener of this.#listeners) listener(told);
    }
  }
}

const encodeHeaders = (headers: Headers): MsgHdrs => {
  const record: Record<string, string[]> = {};
  for (const [name, value] of Object.entries(headers)) record[name] = [value];
  return MsgHdrsImpl.fromRecord(record);
};

const CHANGES: { readonly [type: string]: "connected" | "disconnected" | "closed" } = {
  disconnect: "disconnected",
  reconnect: "connected",
  close: "closed",
};

const statusOf = (status: Status): ConnectionStatus | undefined => {
  const change = CHANGES[status.type];
  if (change !== undefined) return { type: change };
  return status.type === "error" && status.error instanceof PermissionViolationError
    ? { type: "denied", operation: status.error.operation, subject: status.error.subject }
    : undefined;
};

/** Connects. Throws: when no server answers (unless `waitForServer`) or the password is wrong. */
export const connect = async (options: ConnectionOptions): Promise<Connection> => {
  const nats = await dial({
    servers: [...options.servers],
    user: options.user,
    pass: options.password,
    name: options.name,
    inboxPrefix: inboxPrefix(options.user),
    waitOnFirstConnect: options.waitForServer ?? false,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    reconnectJitter: RECONNECT_WAIT_MS,
    pingInterval: PING_INTERVAL_MS,
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
  });
  return new Connection(nats, options);
};

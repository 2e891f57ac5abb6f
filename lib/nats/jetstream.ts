// The few calls of JetStream's API that the store needs, over the connection's own requests, so that publishing pipelines and
// a cut connection is noticed at once. upstream: https://docs.nats.io/reference/reference-protocols/nats_api_reference
import type { ConsumerConfig, ConsumerInfo, StreamConfig, StreamInfo } from "@nats-io/jetstream";
import type { Headers } from "./connection.ts";
import type { RequestOptions, Requests } from "./requests.ts";

/** JetStream's answer was a failure. `code` is its own error code. */
export class JetStreamError extends Error {
  override readonly name = "JetStreamError";
  readonly code: number;
  constructor(code: number, description: string) {
    super(`${description} (${code})`);
    this.code = code;
  }
}

/** JetStream's error codes. upstream: nats-server server/errors.json */
export const JS_CODES = {
  noMessageFound: 10037,
  streamNameInUse: 10058,
  streamNotFound: 10059,
  wrongLastSequence: 10071,
  /** The same, from a server that does not say which the last sequence is. */
  wrongLastSequenceUnknown: 10164,
} as const;

/** True when `error` is JetStream's failure with one of these codes. */
export const hasCode = (error: unknown, ...codes: readonly number[]): boolean =>
  error instanceof JetStreamError && codes.includes(error.code);

/** What an acknowledged publish says: the sequence; `duplicate`, that a message of this id was there already, with that sequence. */
export type Acknowledged = { readonly seq: number; readonly duplicate?: boolean };

/** A message that a stream holds, without its payload. */
export type HeldMessage = { readonly seq: number; readonly data: Uint8Array; readonly headers: Headers };

export type { ConsumerConfig, ConsumerInfo, StreamConfig, StreamInfo };

type Answer = { readonly error?: { readonly err_code?: number; readonly description?: string } };
type MessageAnswer = { readonly message: { readonly seq: number; readonly hdrs?: string; readonly data?: string } };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const parse = (data: Uint8Array): unknown => {
  const answer = JSON.parse(decoder.decode(data)) as Answer;
  if (answer.error === undefined) return answer;
  throw new JetStreamError(answer.error.err_code ?? 0, answer.error.description ?? "unknown error");
};

const parseHeaders = (base64: string): Headers => {
  const lines = Buffer.from(base64, "base64").toString().split("\r\n").slice(1);
  const pairs = lines.filter((line) => line.includes(":")).map((line) => line.split(/:(.*)/s, 2).map((part) => part.trim()));
  return Object.fromEntries(pairs) as Headers;
};

/** JetStream through one connection. Every call throws JetStreamError, NoAnswer, or the signal's reason; none retries. */
export class JetStream {
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /** Stores a message in the stream that has its subject. */
  async publish(subject: string, data: Uint8Array, options: RequestOptions): Promise<Acknowledged> {
    const answer = await this.#requests.send(subject, data, options);
    return parse(answer.data) as Acknowledged;
  }

  /** Makes the stream, or gives the one that is there this configuration. */
  async ensureStream(config: Partial<StreamConfig> & { readonly name: string }, signal?: AbortSignal): Promise<void> {
    try {
      await this.#call(`STREAM.CREATE.${config.name}`, config, signal);
    } catch (error) {
      if (!hasCode(error, JS_CODES.streamNameInUse)) throw error;
      await this.#call(`STREAM.UPDATE.${config.name}`, config, signal);
    }
  }

  streamInfo(stream: string, signal?: AbortSignal): Promise<StreamInfo> {
    return this.#call(`STREAM.INFO.${stream}`, undefined, signal);
  }

  /** The newest message on a subject, asked of the stream's leader. */
  async lastMessage(stream: string, subject: string, signal?: AbortSignal): Promise<HeldMessage | undefined> {
    try {
      const { message } = await this.#call<MessageAnswer>(`STREAM.MSG.GET.${stream}`, { last_by_subj: subject }, signal);
      return { seq: message.seq, data: Buffer.from(message.data ?? "", "base64"), headers: parseHeaders(message.hdrs ?? "") };
    } catch (error) {
      if (hasCode(error, JS_CODES.noMessageFound)) return undefined;
      throw error;
    }
  }

  /** Removes one message; one that is not there is as good as removed. */
  async deleteMessage(stream: string, seq: number, signal?: AbortSignal): Promise<void> {
    try {
      await this.#call(`STREAM.MSG.DELETE.${stream}`, { seq, no_erase: true }, signal);
    } catch (error) {
      if (!(error instanceof JetStreamError)) throw error;
    }
  }

  /** Makes an ephemeral consumer; the server removes it when nobody listens to its subject any more. */
  createConsumer(stream: string, config: Partial<ConsumerConfig>, signal?: AbortSignal): Promise<ConsumerInfo> {
    return this.#call(`CONSUMER.CREATE.${stream}`, { stream_name: stream, config }, signal);
  }

  async #call<T>(what: string, body: unknown, signal: AbortSignal | undefined): Promise<T> {
    const data = body === undefined ? new Uint8Array() : encoder.encode(JSON.stringify(body));
    return parse((await this.#requests.send(`$JS.API.${what}`, data, { signal })).data) as T;
  }
}

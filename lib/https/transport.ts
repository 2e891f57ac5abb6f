// The API over HTTPS, of any Kubernetes: what addons and tools use where there is no NATS.
//
// T1 frames of a watch are whole lines, in order; a stream that breaks off is ServiceUnavailable, never a silent end.
import type { IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import type { V1Status } from "#api/generated/types.ts";
import { ApiError, failure } from "#api/meta/status.ts";
import type { ApiRequest, ApiResponse, ApiTransport } from "#lib/api.ts";
import { answerTo } from "./answer.ts";
import { methodOf, urlOf } from "./paths.ts";
import { errorOf, errorOfAnswer } from "./status-error.ts";

/** Where an API server is, and who we are to it. */
export type HttpsTransportOptions = {
  /** `https://127.0.0.1:6443` */
  readonly server: string;
  /** PEM of the authority that signs the server's certificate. */
  readonly certificateAuthority?: string | undefined;
  /** PEM of our client certificate and its key. */
  readonly client?: { readonly certificate: string; readonly key: string } | undefined;
  /** Answers the bearer token to send; it may change from request to request. */
  readonly token?: (() => string | Promise<string>) | undefined;
  readonly userAgent?: string | undefined;
};

const NEWLINE = 0x0a;

/** A transport over HTTPS with kept connections. */
export class HttpsTransport implements ApiTransport {
  readonly #options: HttpsTransportOptions;
  readonly #agent: Agent;
  readonly #closing = new AbortController();

  constructor(options: HttpsTransportOptions) {
    this.#options = options;
    const { certificateAuthority: ca, client } = options;
    this.#agent = new Agent({
      keepAlive: true,
      ...(ca === undefined ? {} : { ca }),
      ...(client === undefined ? {} : { cert: client.certificate, key: client.key }),
    });
  }

  async request(request: ApiRequest, signal?: AbortSignal): Promise<ApiResponse> {
    const given = this.#until(signal);
    const response = await this.#send(request, given);
    const body = await bodyOf(response, given);
    const code = response.statusCode ?? 0;
    if (code >= 400) throw errorOfAnswer(code, body);
    const { warning } = response.headers;
    return {
      code,
      contentType: response.headers["content-type"] ?? "",
      body,
      ...(warning === undefined ? {} : { warnings: warningsOf(warning) }),
    };
  }

  async stream(request: ApiRequest, onFrame: (frame: Uint8Array) => void, signal: AbortSignal): Promise<void> {
    const given = this.#until(signal);
    const response = await this.#send(request, given);
    const code = response.statusCode ?? 0;
    if (code >= 400) throw errorOfAnswer(code, await bodyOf(response, given));
    const take = request.verb === "watch" ? lines((line) => onFrame(unlessError(line))) : onFrame;
    try {
      for await (const chunk of response) take(chunk as Uint8Array);
    } catch (error) {
      throw errorOf(error, given);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(failure("ServiceUnavailable", "the transport is closed"));
    this.#agent.destroy();
  }

  /** Aborted when the caller gives up, or the transport is closed. */
  #until(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, signal]);
  }

  async #send(request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const headers = await this.#headers(request);
    if (signal.aborted) throw errorOf(signal.reason, signal);
    try {
      const url = new URL(urlOf(request), this.#options.server);
      const sent = httpsRequest(url, { method: methodOf(request.verb), headers, agent: this.#agent, signal });
      return await answerTo(sent, request.body);
    } catch (error) {
      throw errorOf(error, signal);
    }
  }

  async #headers({ accept = "application/json", body, contentType = "application/json" }: ApiRequest): Promise<Record<string, string>> {
    const { token, userAgent = "orrery" } = this.#options;
    return {
      accept,
      "user-agent": userAgent,
      ...(body === undefined ? {} : { "content-type": contentType, "content-length": String(body.length) }),
      ...(token === undefined ? {} : { authorization: `Bearer ${await token()}` }),
    };
  }
}

const bodyOf = async (response: IncomingMessage, signal: AbortSignal): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Uint8Array);
  } catch (error) {
    throw errorOf(error, signal);
  }
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
};

/** The texts of Warning headers, as they were joined to one. */
const warningsOf = (header: string): readonly string[] =>
  [...header.matchAll(/299 [^ ]+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) =>
    Buffer.from(text.replaceAll(/\\(.)/g, "$1"), "latin1").toString(),
  );

/** Cuts bytes into lines, which may lie in many chunks. */
const lines = (onLine: (line: Uint8Array) => void): ((chunk: Uint8Array) => void) => {
  let begun: Uint8Array[] = [];
  return (chunk) => {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      const tail = chunk.subarray(from, end);
      const line = begun.length === 0 ? tail : Buffer.concat([...begun, tail]);
      begun = [];
      from = end + 1;
      if (line.length > 0) onLine(line);
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
  };
};

const ERROR_EVENT = new TextEncoder().encode('{"type":"ERROR"');

/** A watch's event. Throws: ApiError when it tells of the watch's failure. */
const unlessError = (line: Uint8Array): Uint8Array => {
  if (Buffer.compare(line.subarray(0, ERROR_EVENT.length), ERROR_EVENT) !== 0) return line;
  const { object } = JSON.parse(Buffer.from(line).toString()) as { readonly object: V1Status };
  throw new ApiError({ ...object, code: object.code ?? 500 });
};

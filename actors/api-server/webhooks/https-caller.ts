// Asks webhooks over HTTPS, on connections that are kept. upstream: apiserver/pkg/util/webhook/client.go
import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import type { IncomingMessage } from "node:http";
import type { Clock } from "#lib/clock.ts";
import { listeningPort, type ClusterNetwork } from "#lib/cluster-network.ts";
import { answerTo } from "#lib/https/answer.ts";
import { WebhookError, type WebhookCaller, type WebhookTarget } from "./caller.ts";

/** No answer of a webhook is longer. upstream: the limit of a request's body */
const MAX_ANSWER_BYTES = 3 * 1024 * 1024;

const HTTPS_PORT = 443;
const ELSEWHERE: ClusterNetwork = { ranges: [], mayBindLow: true };

/** A caller of real webhooks. */
export class HttpsWebhookCaller implements WebhookCaller {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #clock: Clock;
  readonly #network: ClusterNetwork;

  /** @param network where webhooks that listen in the cluster really do. Default: where they say */
  constructor(clock: Clock, network: ClusterNetwork = ELSEWHERE) {
    this.#clock = clock;
    this.#network = network;
  }

  async call(target: WebhookTarget, body: unknown, timeoutMs: number, signal: AbortSignal): Promise<unknown> {
    const late = new AbortController();
    const timer = this.#clock.setTimeout(() => late.abort(new Error("context deadline exceeded")), timeoutMs);
    const ended = AbortSignal.any([signal, late.signal]);
    try {
      return await this.#ask(target, JSON.stringify(body), ended);
    } catch (error) {
      throw new WebhookError(`Post ${JSON.stringify(target.url)}: ${reasonOf(error, ended)}`, { cause: error });
    } finally {
      this.#clock.clearTimeout(timer);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #ask({ url, serverName, certificateAuthority: ca }: WebhookTarget, body: string, signal: AbortSignal): Promise<unknown> {
    const { hostname, port } = new URL(url);
    const options: RequestOptions = {
      method: "POST",
      port: listeningPort(hostname.replace(/^\[(.*)\]$/, "$1"), Number(port || HTTPS_PORT), this.#network),
      agent: this.#agent,
      signal,
      headers: { "content-type": "application/json", accept: "application/json", "content-length": Buffer.byteLength(body) },
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(ca === undefined ? {} : { ca }),
    };
    const response = await answerTo(httpsRequest(url, options), body);
    const text = await textOf(response);
    if (response.statusCode !== 200) throw new Error(`the server answered ${response.statusCode}: ${text.slice(0, 200)}`);
    return JSON.parse(text) as unknown;
  }
}

const reasonOf = (error: unknown, { aborted, reason }: AbortSignal): string => {
  const why = aborted ? (reason as unknown) : error;
  return why instanceof Error ? why.message : String(why);
};

const textOf = async (response: IncomingMessage): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response) {
    length += (chunk as Uint8Array).length;
    if (length > MAX_ANSWER_BYTES) throw new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString("utf8");
};

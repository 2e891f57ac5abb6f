// A client with no opinion: paths, bodies and answers over HTTPS, as curl has them.
import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { V1ListMeta, V1ObjectMeta } from "#api/generated/types.ts";
import type { HttpsTransportOptions } from "#lib/https/transport.ts";
import { startDevServer } from "#test/actors/api-server/dev-server.ts";

/** What a request has beyond its method and path. */
export type Extra = {
  /** Sent as JSON; a text is sent as it is. */
  readonly body?: unknown;
  /** Default application/json. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** An object of any kind. */
export type Any = { readonly [field: string]: unknown; readonly metadata: V1ObjectMeta };

/** A list of objects. */
export type List<T = Any> = { readonly kind: string; readonly metadata: V1ListMeta; readonly items: readonly T[] };

/** An answer; a body that is not JSON is its text. */
export type Answer<T> = { readonly code: number; readonly headers: IncomingHttpHeaders; readonly body: T };

/** What a watch tells. */
export type Told<T = Any> = { readonly type: string; readonly object: T };

export const MERGE = "application/merge-patch+json";
export const APPLY = "application/apply-patch+yaml";

/** One user's connection to an API server. */
export class Wire {
  readonly #server: string;
  readonly #agent: Agent;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ server, certificateAuthority, client }: HttpsTransportOptions, headers: Readonly<Record<string, string>> = {}) {
    this.#server = server;
    const own = client === undefined ? {} : { cert: client.certificate, key: client.key };
    this.#agent = new Agent({ keepAlive: true, ...own, ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }) });
    this.#headers = headers;
  }

  async ask<T = Any>(method: string, path: string, extra: Extra = {}): Promise<Answer<T>> {
    const response = await this.#send(method, path, extra);
    const body = await text(response);
    const isJson = response.headers["content-type"]?.includes("json") === true;
    return { code: response.statusCode ?? 0, headers: response.headers, body: (isJson ? JSON.parse(body) : body) as T };
  }

  /** The body of an answer. Throws: when it is a failure. */
  async must<T = Any>(method: string, path: string, extra: Extra = {}): Promise<T> {
    const { code, body } = await this.ask<T>(method, path, extra);
    if (code >= 300) throw new Error(`${method} ${path}: ${code} ${JSON.stringify(body)}`);
    return body;
  }

  /** Watches a collection; resolves once the server says that it does. */
  async watch<T = Any>(path: string): Promise<Watched<T>> {
    const join = path.includes("?") ? "&" : "?";
    const response = await this.#send("GET", `${path}${join}watch=true`, {});
    if (response.statusCode !== 200) throw new Error(`watch of ${path}: ${response.statusCode} ${await text(response)}`);
    return new Watched<T>(response);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(method: string, path: string, { body, type = "application/json", headers = {} }: Extra): Promise<IncomingMessage> {
    const bytes = body === undefined ? undefined : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    const content = bytes === undefined ? {} : { "content-type": type, "content-length": String(bytes.length) };
    const all = { accept: "application/json", ...content, ...this.#headers, ...headers };
    const sent = request(new URL(path, this.#server), { method, agent: this.#agent, headers: all });
    sent.end(bytes);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return response;
  }
}

/** The events of a watch, in order. */
export class Watched<T> {
  readonly #response: IncomingMessage;
  readonly #lines: AsyncIterator<string>;

  constructor(response: IncomingMessage) {
    this.#response = response;
    this.#lines = createInterface({ input: response })[Symbol.asyncIterator]();
  }

  /** Throws: when the watch has ended. */
  async next(): Promise<Told<T>> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("the watch ended");
    return JSON.parse(value) as Told<T>;
  }

  /** The next events; bookmarks are passed over. */
  async take(count: number): Promise<readonly Told<T>[]> {
    const told: Told<T>[] = [];
    while (told.length < count) {
      const event = await this.next();
      if (event.type !== "BOOKMARK") told.push(event);
    }
    return told;
  }

  stop(): void {
    this.#response.destroy();
  }
}

type Dev = Awaited<ReturnType<typeof startDevServer>>;

/** Gives the body an API server, with what pods need, and its administrator's connection. */
export const withWire = async (
  body: (wire: Wire, dev: Dev) => Promise<void>,
  options: Parameters<typeof startDevServer>[0] = {},
): Promise<void> => {
  const dev = await startDevServer(options);
  const wire = new Wire(dev.access);
  try {
    await wire.must("POST", "/api/v1/namespaces/default/serviceaccounts", { body: { metadata: { name: "default" } } });
    await body(wire, dev);
  } finally {
    wire.close();
    await dev.stop();
  }
};

// A real webhook server on loopback, with an authority of its own.
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { systemClock } from "#lib/clock.ts";
import { createAuthority } from "#lib/pki/authority.ts";
import { systemRandom } from "#lib/random.ts";

/** Answers by path. One that answers nothing lets its caller wait. */
export type Hooks = { readonly [path: string]: (body: never) => unknown };

/** What answers with this status and text, whatever it is asked. */
export class RawAnswer {
  readonly status: number;
  readonly text: string;
  constructor(status: number, text: string) {
    this.status = status;
    this.text = text;
  }
}

export type WebhookServer = {
  readonly url: string;
  /** PEM of the authority that signed its certificate. */
  readonly authority: string;
  /** How many connections it has seen. */
  connections(): number;
  stop(): Promise<void>;
};

const answer = async (hooks: Hooks, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const body = await json(request);
  const said = await hooks[request.url?.split("?")[0] ?? ""]?.(body as never);
  if (said === undefined) return;
  const { status, text } = said instanceof RawAnswer ? said : new RawAnswer(200, JSON.stringify(said));
  response.writeHead(status, { "content-type": "application/json" }).end(text);
};

/** Starts a server whose certificate is for these names and loopback. */
export const startWebhookServer = async (hooks: Hooks, dns: readonly string[] = []): Promise<WebhookServer> => {
  const authority = await createAuthority("webhooks", { clock: systemClock, random: systemRandom });
  const { certificate, key } = await authority.serving({ name: "webhook", dns, ips: ["127.0.0.1"] });
  const server = createServer({ cert: certificate, key }, (request, response) => void answer(hooks, request, response));
  let connections = 0;
  server.on("secureConnection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authority: authority.credentials.certificate,
    connections: () => connections,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

// A whole API server with one pod that listens, and clients of its streams.
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { createServer, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import { pods } from "#api/core/v1/pod.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import { Client } from "#lib/client.ts";
import { HttpsTransport } from "#lib/https/transport.ts";
import type { NodeTransport } from "#lib/node-api.ts";
import { startDevServer } from "../dev-server.ts";

export type Dev = Awaited<ReturnType<typeof startDevServer>>;

const PODS = "/api/v1/namespaces/default/pods";

/** `web` has two containers and listens on the port that is given, `waiting` is on no node. */
export const withPods = async (nodes: NodeTransport, body: (dev: Dev, port: number) => Promise<void>): Promise<void> => {
  const echo = createServer((socket) => socket.pipe(socket));
  echo.listen(0, "127.0.0.1");
  const [dev] = await Promise.all([startDevServer({ nodes }), once(echo, "listening")]);
  const transport = new HttpsTransport(dev.access);
  const client = new Client(transport);
  const metadata = { namespace: "default", name: "web" };
  try {
    await client.create(serviceAccounts, { metadata: { ...metadata, name: "default" } });
    const containers = [
      { name: "main", image: "web:1" },
      { name: "side", image: "web:1" },
    ];
    const pod = await client.create(pods, { metadata, spec: { nodeName: "worker-1", containers } });
    await client.update(pods, { ...pod, status: { phase: "Running", podIP: "127.0.0.1" } }, { subresource: "status" });
    await client.create(pods, { metadata: { ...metadata, name: "waiting" }, spec: { containers: [{ name: "main", image: "web:1" }] } });
    await body(dev, (echo.address() as AddressInfo).port);
  } finally {
    await transport.close();
    await dev.stop();
    echo.close();
  }
};

const identityOf = ({ access }: Dev) => ({ ca: access.certificateAuthority, cert: access.client.certificate, key: access.client.key });

/** What a client is answered when its connection does not change. */
export type Refusal = { readonly code: number; readonly message: string };

const refusalOf = async (incoming: IncomingMessage): Promise<Refusal> => {
  let text = "";
  for await (const chunk of incoming) text += String(chunk);
  return { code: incoming.statusCode ?? 0, message: (JSON.parse(text) as { message: string }).message };
};

/** A WebSocket with what it has been told, and the protocol that was agreed on. */
export type Opened = { readonly socket: WebSocket; readonly messages: Buffer[]; readonly protocol: string };

/**
 * A WebSocket to what is under the pods' path, or why there is none. Names of protocols are kept from the library, which
 * takes some that are in use for none.
 */
export const openSocket = (
  dev: Dev,
  path: string,
  protocols: readonly string[],
  { headers = {}, isAnonymous = false }: { readonly headers?: Readonly<Record<string, string>>; readonly isAnonymous?: boolean } = {},
): Promise<Opened | Refusal> => {
  const asking = protocols.length === 0 ? {} : { "sec-websocket-protocol": protocols.join(", ") };
  const { ca, ...own } = identityOf(dev);
  const identity = isAnonymous ? { ca } : { ca, ...own };
  const socket = new WebSocket(`wss://127.0.0.1:${dev.port}${PODS}/${path}`, { ...identity, headers: { ...asking, ...headers } });
  const messages: Buffer[] = [];
  let protocol = "";
  socket.on("message", (data) => messages.push(data as Buffer));
  socket.on("upgrade", (incoming) => {
    protocol = incoming.headers["sec-websocket-protocol"] ?? "";
    delete incoming.headers["sec-websocket-protocol"];
  });
  const { promise, resolve, reject } = Promise.withResolvers<Opened | Refusal>();
  socket.on("open", () => resolve({ socket, messages, protocol }));
  socket.on("unexpected-response", (_request, incoming) => resolve(refusalOf(incoming)));
  socket.on("error", reject);
  return promise;
};

/** A connection that has changed to SPDY, or why it has not. */
export const openSpdyConnection = async (dev: Dev, path: string, protocol: string): Promise<Duplex | Refusal> => {
  const headers = { connection: "Upgrade", upgrade: "SPDY/3.1", "x-stream-protocol-version": protocol };
  const sent = request({
    host: "127.0.0.1",
    port: dev.port,
    path: `${PODS}/${path}`,
    method: "POST",
    agent: false,
    ...identityOf(dev),
    headers,
  });
  const { promise, resolve, reject } = Promise.withResolvers<Duplex | Refusal>();
  sent.on("upgrade", (_incoming: IncomingMessage, socket: Duplex) => resolve(socket));
  sent.on("response", (incoming: IncomingMessage) => resolve(refusalOf(incoming)));
  sent.on("error", reject);
  sent.end();
  return promise;
};

/** Throws: when it was refused. */
export const opened = <T extends object>(result: T | Refusal): T => {
  if ("code" in result && "message" in result) throw new Error(`${result.code} ${result.message}`);
  return result;
};

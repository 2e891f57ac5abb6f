// A request that asks for another protocol (WebSocket, SPDY), handed on to another server: when that one agrees, the two
// connections become one, and nothing of what follows is read here.
// upstream: apimachinery/pkg/util/proxy/upgradeaware.go tryUpgrade
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Exchange } from "../https/exchange.ts";

/** A server that has agreed: its answer, its connection, and what it has said on it already. */
export type Agreed = { readonly incoming: IncomingMessage; readonly socket: Duplex; readonly head: Buffer };

/** What a server says to a request that asks for another protocol; without `agreed` it answers as to any other. */
export type Reply = { readonly incoming: IncomingMessage; readonly agreed?: Agreed };

/** The reply to a request that is about to be sent. Rejects: when there is none. */
export const replyTo = (outgoing: ClientRequest): Promise<Reply> => {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  outgoing.on("response", (incoming: IncomingMessage) => resolve({ incoming }));
  outgoing.on("upgrade", (incoming: IncomingMessage, socket: Duplex, head: Buffer) =>
    resolve({ incoming, agreed: { incoming, socket, head } }),
  );
  outgoing.on("error", reject);
  return promise;
};

/** The answer as the server gave it, without its body. */
const headOf = ({ statusCode = 101, statusMessage = "", rawHeaders }: IncomingMessage): string => {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
};

/** Makes one of the client's connection and the server's; resolves when both have ended. */
export const join = async (exchange: Exchange, { incoming, socket: server, head }: Agreed): Promise<void> => {
  const client = exchange.takeOver();
  client.write(headOf(incoming), "latin1");
  if (head.length > 0) server.unshift(head);
  server.on("data", (chunk: Buffer) => (exchange.sentBytes += chunk.length));
  await pipeline(client, server, client).catch(() => undefined);
  client.destroy();
  server.destroy();
};

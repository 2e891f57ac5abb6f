// A request handed on to servers that do not do what servers do.
import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { Agent, createServer as createHttpsServer } from "node:https";
import * as assert from "uvu/assert";
import { forward } from "#actors/api-server/proxy/forward.ts";
import { suite } from "#test/support/suite.ts";
import { ask, servingOf, startServer } from "../https/test-server.ts";

const test = suite("api-server/proxy/forward", 10_000);

/** Hands everything on to a server. */
const withForwarding = async (server: Server, agent: Agent, body: (port: number) => Promise<void>): Promise<void> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const location = { scheme: "https", host: "127.0.0.1", port } as const;
  const tls = { agent };
  const front = await startServer(undefined, {
    delegates: { find: (path) => ({ path, handle: (exchange) => forward(exchange, { location, path, prefix: "", tls }) }) },
  });
  try {
    await body(front.port);
  } finally {
    await front.server.stop(100);
    server.close();
  }
};

const PATIENCE_MS = 50;

/** Tells when a connection has been quiet for as long as it may take to be made. */
class ListeningAgent extends Agent {
  readonly quiet = Promise.withResolvers<void>();
  override createConnection(...args: Parameters<Agent["createConnection"]>): ReturnType<Agent["createConnection"]> {
    const socket = super.createConnection(...args);
    socket?.on("timeout", () => this.quiet.resolve());
    return socket;
  }
}

test("a server that takes a connection and says nothing is not waited for", async () => {
  const sockets: { destroy(): unknown }[] = [];
  const mute = createServer((socket) => void sockets.push(socket.on("error", () => undefined)));
  await withForwarding(mute, new Agent({ timeout: PATIENCE_MS }), async (port) => {
    const { code, json } = await ask(port, "/apis/example.com/v1");
    assert.is(code, 503);
    assert.match(String(json["message"]), /^error trying to reach service: dial tcp 127\.0\.0\.1:\d+: i\/o timeout$/);
  });
  for (const socket of sockets) socket.destroy();
});

test("a server that has taken a connection may be quiet on it", async () => {
  const agent = new ListeningAgent({ timeout: PATIENCE_MS, rejectUnauthorized: false });
  const { certificate: cert, key } = await servingOf();
  const slow = createHttpsServer({ cert, key }, (_request, response) => void agent.quiet.promise.then(() => response.end("at last")));
  await withForwarding(slow, agent, async (port) => {
    const { code, bytes } = await ask(port, "/apis/example.com/v1");
    assert.equal([code, bytes.toString()], [200, "at last"]);
  });
});

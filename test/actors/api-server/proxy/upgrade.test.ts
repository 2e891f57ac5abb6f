// Connections that change their protocol, through a whole API server to a real small server that stands where a pod would.
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { request } from "node:https";
import { connect as connectH2 } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import * as assert from "uvu/assert";
import { pods } from "#api/core/v1/pod.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import { Client } from "#lib/client.ts";
import { HttpsTransport } from "#lib/https/transport.ts";
import { suite } from "#test/support/suite.ts";
import { startDevServer } from "../dev-server.ts";

const test = suite("api-server/proxy/upgrade", 20_000);
const PROXY = "/api/v1/namespaces/default/pods/web/proxy";

/** Agrees to speak `echo`, says hello at once, then says everything again; refuses other protocols. It keeps what it was asked. */
const startEcho = async () => {
  const server = createServer(({ url, socket }, response) => {
    if (url === "/unasked") return void socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    if (url === "/odd") return void socket.write("HTTP/1.1 999 Odd\r\n\r\nand more");
    response.writeHead(418).end("no tea");
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => void sockets.add(socket).size);
  const asked: IncomingMessage[] = [];
  server.on("upgrade", (incoming: IncomingMessage, socket: Duplex) => {
    asked.push(incoming);
    if (incoming.headers.upgrade !== "echo") return void socket.end("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 4\r\n\r\necho");
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Own: yes\r\n\r\nhello");
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, asked, sockets, close: () => void server.close() };
};

type Dev = Awaited<ReturnType<typeof startDevServer>>;
type Answer = { readonly incoming: IncomingMessage; readonly socket: Duplex | undefined; readonly text: string };

const textOf = async (stream: AsyncIterable<unknown>): Promise<string> => {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
};

/** Asks for a protocol, having said the first words of it already. */
const upgrade = async ({ access, port }: Dev, path: string, protocol: string, headers: Record<string, string> = {}): Promise<Answer> => {
  const identity = { ca: access.certificateAuthority, cert: access.client.certificate, key: access.client.key };
  const sent = request({
    host: "127.0.0.1",
    port,
    path,
    agent: false,
    ...identity,
    headers: { connection: "Upgrade", upgrade: protocol, ...headers },
  });
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  sent.on("error", reject);
  sent.on("upgrade", (incoming: IncomingMessage, socket: Duplex, head: Buffer) => resolve({ incoming, socket, text: head.toString() }));
  sent.on("response", (incoming: IncomingMessage) => void textOf(incoming).then((text) => resolve({ incoming, socket: undefined, text })));
  sent.end();
  return promise;
};

const withPod = async (body: (dev: Dev, echo: Awaited<ReturnType<typeof startEcho>>) => Promise<void>): Promise<void> => {
  const [dev, echo] = await Promise.all([startDevServer(), startEcho()]);
  const transport = new HttpsTransport(dev.access);
  const client = new Client(transport);
  const metadata = { namespace: "default", name: "web" };
  try {
    await client.create(serviceAccounts, { metadata: { ...metadata, name: "default" } });
    const containers = [{ name: "main", image: "web:1", ports: [{ containerPort: echo.port }] }];
    const pod = await client.create(pods, { metadata, spec: { containers } });
    await client.update(pods, { ...pod, status: { phase: "Running", podIP: "127.0.0.1" } }, { subresource: "status" });
    await body(dev, echo);
  } finally {
    await transport.close();
    await dev.stop();
    echo.close();
  }
};

const said = async (socket: Duplex, already: string, length: number): Promise<string> => {
  let text = already;
  while (text.length < length) text += String((await once(socket, "data"))[0]);
  return text;
};

test("joins the client's connection with the pod's once both agree", () =>
  withPod(async (dev, { asked }) => {
    const protocols = "base64url.bearer.authorization.k8s.io.eHg, chat";
    const headers = {
      "sec-websocket-protocol": protocols,
      "x-asked": "yes",
      "impersonate-user": "kubernetes-admin",
      "impersonate-group": "system:masters",
    };
    const { incoming, socket, text } = await upgrade(dev, `${PROXY}/a%2Fb?x=1`, "echo", headers);
    assert.equal([incoming.statusCode, incoming.headers["x-own"], incoming.headers["cache-control"]], [101, "yes", undefined]);
    if (socket === undefined) throw new Error("the protocol was not changed");
    socket.write("one, two");
    assert.is(await said(socket, text, "helloone, two".length), "helloone, two");
    socket.end();
    await once(socket, "close");
    const onward = asked[0]?.headers;
    assert.is(asked[0]?.url, "/a%2Fb?x=1");
    assert.is(onward?.["sec-websocket-protocol"], "chat", "a token goes no further");
    assert.equal([onward?.["x-asked"], onward?.["impersonate-user"], onward?.upgrade], ["yes", undefined, "echo"]);
  }));

test("hands back the answer of a server that does not agree", () =>
  withPod(async (dev) => {
    const { incoming, socket, text } = await upgrade(dev, `${PROXY}/`, "other");
    assert.equal([incoming.statusCode, socket, text], [426, undefined, "echo"]);
  }));

test("answers as any request what may not, or cannot, change its protocol", () =>
  withPod(async (dev) => {
    const jane = await upgrade(dev, `${PROXY}/`, "echo", { "impersonate-user": "jane" });
    assert.equal([jane.incoming.statusCode, jane.incoming.headers.connection], [403, "close"]);
    const version = await upgrade(dev, "/version", "h2c");
    assert.equal([version.incoming.statusCode, JSON.parse(version.text).minor], [200, "36"]);
    const gone = await upgrade(dev, "/api/v1/namespaces/default/pods/web:1/proxy/", "echo");
    assert.is(gone.incoming.statusCode, 503);
  }));

test("ends joined connections when the server stops", async () => {
  let closed: Promise<unknown> | undefined;
  await withPod(async (dev) => {
    const { socket } = await upgrade(dev, `${PROXY}/`, "echo");
    if (socket !== undefined) closed = once(socket.resume(), "close");
  });
  if (closed === undefined) throw new Error("the protocol was not changed");
  await closed;
});

test("lets go of a server that gives an answer which cannot be handed back", () =>
  withPod(async (dev, { sockets }) => {
    const { client, certificateAuthority: ca } = dev.access;
    const session = connectH2(`https://127.0.0.1:${dev.port}`, { ca, cert: client.certificate, key: client.key });
    for (const [path, code] of [
      ["unasked", 503],
      ["odd", 500],
    ] as const) {
      const stream = session.request({ ":path": `${PROXY}/${path}` });
      const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
      assert.is(headers[":status"], code, path);
    }
    for (const socket of sockets) if (!socket.closed) await once(socket, "close");
    assert.is(sockets.size, 2);
    session.close();
  }));

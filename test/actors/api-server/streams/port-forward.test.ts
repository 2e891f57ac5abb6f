import { once } from "node:events";
import { createWebSocketStream } from "ws";
import * as assert from "uvu/assert";
import type { NodeTransport } from "#lib/node-api.ts";
import { suite } from "#test/support/suite.ts";
import { opened, openSocket, openSpdyConnection, withPods } from "./server.ts";
import { SpdyClient } from "./spdy/spdy-client.ts";

const test = suite("api-server/streams/port-forward", 20_000);
const PATH = "web/portforward";
const TUNNEL = "SPDY/3.1+portforward.k8s.io";
const nodes: NodeTransport = { stream: () => Promise.reject(new Error("nodes are not asked")) };

/** One connection to a port, as kubectl makes it. */
const connect = async (client: SpdyClient, port: number, request: string) => {
  const headers = { port: String(port), requestID: request };
  const error = await client.open({ ...headers, streamType: "error" }, true);
  return { error, data: await client.open({ ...headers, streamType: "data" }) };
};

const checkForwarding = async (client: SpdyClient, port: number): Promise<void> => {
  const [one, two] = [await connect(client, port, "0"), await connect(client, port, "1")];
  client.send(one.data, "hello", true);
  client.send(two.data, "twice", true);
  assert.equal([await client.said(one.data), await client.said(two.data)], ["hello", "twice"]);
  assert.is(await client.said(one.error), "");
  const closed = await connect(client, 1, "2");
  assert.match(
    await client.said(closed.error),
    /^error forwarding port 1 to pod web, uid \S+: dial tcp 127\.0\.0\.1:10001: connect: connection refused$/,
  );
  const odd = await client.open({ port: "x", streamType: "data", requestID: "3" });
  assert.is(await client.said(odd), "");
  assert.ok(client.isReset(odd));
};

test("forwards connections over SPDY", () =>
  withPods(nodes, async (dev, port) => {
    const client = new SpdyClient(opened(await openSpdyConnection(dev, PATH, "portforward.k8s.io")));
    await checkForwarding(client, port);
    client.connection.end();
  }));

test("forwards connections over SPDY within a WebSocket", () =>
  withPods(nodes, async (dev, port) => {
    const { socket, protocol } = opened(await openSocket(dev, PATH, [TUNNEL]));
    assert.is(protocol, TUNNEL);
    await checkForwarding(new SpdyClient(createWebSocketStream(socket)), port);
    socket.close();
  }));

test("forwards the ports of the request over channels", () =>
  withPods(nodes, async (dev, port) => {
    const { socket, messages } = opened(await openSocket(dev, `${PATH}?ports=${port}&ports=1`, ["v4.channel.k8s.io"]));
    socket.send(Buffer.from("\0hello"));
    while (messages.length < 6) await once(socket, "message");
    const number = Buffer.alloc(2);
    number.writeUInt16LE(port);
    const said = (channel: number): readonly Buffer[] => messages.filter(([of]) => of === channel).map((message) => message.subarray(1));
    assert.equal(said(0), [number, Buffer.from("hello")]);
    assert.equal([said(1), said(2)], [[number], [Buffer.from([1, 0])]]);
    assert.match(String(said(3)[1]), /^error forwarding port 1 to pod web/);
    socket.close();
    await once(socket, "close");
  }));

test("says before anything changes why it cannot be", () =>
  withPods(nodes, async (dev) => {
    const why = async (path: string, protocols: readonly string[]) => {
      const result = await openSocket(dev, path, protocols);
      return "code" in result ? [result.code, result.message] : "opened";
    };
    assert.equal(await why("nobody/portforward", [TUNNEL]), [404, 'pods "nobody" not found']);
    assert.equal(await why("waiting/portforward", [TUNNEL]), [400, "pod waiting does not have a host assigned"]);
    assert.equal(await why(PATH, ["v4.channel.k8s.io"]), [400, 'query parameter "port" is required']);
    assert.equal(await why(`${PATH}?ports=0`, ["v4.channel.k8s.io"]), [400, "port 0 must be > 0"]);
    const other = await openSpdyConnection(dev, PATH, "other");
    const words = "unable to upgrade: unable to negotiate protocol: client supports [other], server accepts [portforward.k8s.io]";
    assert.equal(other, { code: 403, message: words });
  }));

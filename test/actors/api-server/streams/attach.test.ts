import { once } from "node:events";
import { duplexPair } from "node:stream";
import * as assert from "uvu/assert";
import type { Exchange } from "#actors/api-server/https/exchange.ts";
import { STREAMS_MS } from "#actors/api-server/streams/ports.ts";
import { carrierFor } from "#actors/api-server/streams/remote-command.ts";
import { internal } from "#api/meta/status.ts";
import type { NodeRequest, NodeTransport } from "#lib/node-api.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";
import { opened, openSocket, openSpdyConnection, withPods } from "./server.ts";
import { SpdyClient } from "./spdy/spdy-client.ts";

const test = suite("api-server/streams/attach", 20_000);
const ALL = "web/attach?container=main&stdout=true&stderr=true&stdin=true";
const V5 = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

/** A node whose container says what the test lets it say, and then ends. */
const scripted = () => {
  const asked: { readonly node: string; readonly request: NodeRequest }[] = [];
  const { promise: over, resolve: finish, reject: fail } = Promise.withResolvers<void>();
  let left = false;
  const nodes: NodeTransport = {
    stream: async (node, request, onFrame, signal) => {
      asked.push({ node, request });
      if (request.what === "attach" && request.container === "side") throw internal(new Error("container is in CONTAINER_EXITED state"));
      signal.addEventListener("abort", () => finish());
      for (const [stream, text] of [
        [0, ""],
        [1, "out"],
        [2, "err"],
      ] as const)
        onFrame(Buffer.from([stream, ...Buffer.from(text)]));
      await over;
      left = signal.aborted;
    },
  };
  return { nodes, asked, finish, fail, hasLeft: () => left };
};

const text = (messages: readonly Buffer[]): readonly string[] => messages.map((message) => message.toString("latin1"));

test("carries what a container writes over the channels of a WebSocket, until it ends", async () => {
  const { nodes, asked, finish } = scripted();
  await withPods(nodes, async (dev) => {
    const { socket, messages, protocol } = opened(await openSocket(dev, ALL, V5));
    assert.is(protocol, "v5.channel.k8s.io");
    while (messages.length < 3) await once(socket, "message");
    socket.send(Buffer.from("\0read this"));
    finish();
    const [code] = (await once(socket, "close")) as [number];
    assert.is(code, 1000);
    assert.equal(text(messages), ["\x01", "\x01out", "\x02err", '\x03{"metadata":{},"status":"Success"}']);
    assert.equal(asked, [{ node: "worker-1", request: { what: "attach", namespace: "default", pod: "web", container: "main" } }]);
  });
});

test("gives a client what it asks for, in the form that it understands", async () => {
  const { nodes, finish } = scripted();
  await withPods(nodes, async (dev) => {
    const only = opened(await openSocket(dev, "web/attach?container=main&stderr=true", ["base64.channel.k8s.io"]));
    const terminal = opened(await openSocket(dev, "web/attach?container=main&stdout=true&tty=true", []));
    while (only.messages.length < 2 || terminal.messages.length < 3)
      await Promise.race([once(only.socket, "message"), once(terminal.socket, "message")]);
    const closed = [only, terminal].map(({ socket }) => once(socket, "close"));
    finish();
    await Promise.all(closed);
    assert.equal(text(only.messages), ["2", `2${btoa("err")}`]);
    assert.equal(text(terminal.messages), ["\x01", "\x01out", "\x01err"]);
  });
});

test("tells the node when the client has left, and the client when the node has", async () => {
  const { nodes, hasLeft } = scripted();
  await withPods(nodes, async (dev) => {
    const { socket } = opened(await openSocket(dev, ALL, V5));
    socket.close();
    await once(socket, "close");
  });
  assert.ok(hasLeft());
  const broken = scripted();
  await withPods(broken.nodes, async (dev) => {
    const { socket, messages } = opened(await openSocket(dev, ALL, V5));
    broken.fail(new Error("nobody answers"));
    await once(socket, "close");
    assert.match(text(messages).at(-1) ?? "", /"status":"Failure","message":"error attaching to container: nobody answers"/);
  });
});

test("carries the streams over SPDY too", async () => {
  const { nodes, finish } = scripted();
  await withPods(nodes, async (dev) => {
    const client = new SpdyClient(
      opened(await openSpdyConnection(dev, "web/attach?container=main&stdout=true&stderr=true", "v4.channel.k8s.io")),
    );
    const [error, out, err] = [
      await client.open({ streamType: "error" }),
      await client.open({ streamType: "stdout" }),
      await client.open({ streamType: "stderr" }),
    ];
    for (const stream of [error, out, err]) client.send(stream, "", true);
    finish();
    assert.equal(
      [await client.said(out), await client.said(err), await client.said(error)],
      ["out", "err", '{"metadata":{},"status":"Success"}'],
    );
  });
});

test("keeps little for a client that never opens the streams it has announced", async () => {
  const { promise: left, resolve: leave } = Promise.withResolvers<void>();
  const loud: NodeTransport = {
    stream: async (_node, _request, onFrame, signal) => {
      signal.addEventListener("abort", () => leave());
      onFrame(Uint8Array.of(0));
      for (let count = 0; count < 9; count++) onFrame(new Uint8Array(1024 * 1024).fill(1));
      await left;
      throw signal.reason;
    },
  };
  await withPods(loud, async (dev) => {
    opened(await openSpdyConnection(dev, "web/attach?container=main&stdout=true", "v4.channel.k8s.io")).on("error", () => undefined);
    await left;
  });
});

test("does not wait long for streams that are announced", async () => {
  const clock = new SimulatedClock();
  const [near, far] = duplexPair();
  near.resume();
  const headers: Record<string, string> = { upgrade: "SPDY/3.1", "x-stream-protocol-version": "v4.channel.k8s.io" };
  const exchange = { header: (name: string) => headers[name], takeOver: () => far } as unknown as Exchange;
  const opening = carrierFor(clock, exchange, { stdout: true })().catch((reason: unknown) => reason);
  await clock.advance(STREAMS_MS);
  const error = await opening;
  assert.is((error as Error).message, "timed out waiting for client to create streams");
  far.destroy();
});

test("says before anything changes why it cannot be", async () => {
  await withPods(scripted().nodes, async (dev) => {
    const why = async (path: string, protocols: readonly string[] = V5) => {
      const result = await openSocket(dev, path, protocols);
      return "code" in result ? [result.code, result.message] : "opened";
    };
    assert.equal(await why("nobody/attach?stdout=true"), [404, 'pods "nobody" not found']);
    assert.equal(await why("waiting/attach?stdout=true"), [400, "pod waiting does not have a host assigned"]);
    assert.equal(await why("web/attach?container=x&stdout=true"), [400, "container x is not valid for pod web"]);
    assert.equal(await why("web/attach?stdout=true"), [400, "a container name must be specified for pod web, choose one of: [main side]"]);
    assert.equal(await why("web/attach?container=main"), [400, "you must specify at least 1 of stdin, stdout, stderr"]);
    assert.equal(await why("web/attach?container=side&stdout=true"), [
      500,
      "Internal error occurred: container is in CONTAINER_EXITED state",
    ]);
    const protocols = "[v5.channel.k8s.io v4.channel.k8s.io v4.base64.channel.k8s.io channel.k8s.io base64.channel.k8s.io]";
    assert.equal(await why(ALL, ["v9"]), [400, `requested protocol(s) are not supported: [v9]; supports ${protocols}`]);
    const spdy = await openSpdyConnection(dev, ALL, "v9");
    assert.is("code" in spdy && spdy.code, 403);
  });
});

test("refuses exec, after the rest has been looked at", async () => {
  await withPods(scripted().nodes, async (dev) => {
    const why = async (path: string) => {
      const result = await openSocket(dev, path, V5);
      return "code" in result ? [result.code, result.message] : "opened";
    };
    const words = "exec is not supported on pod web: container main is a WebAssembly guest, in which no other process can be started";
    assert.equal(await why("web/exec?container=main&command=ls&stdout=true"), [405, words]);
    assert.equal(await why("web/exec?container=x&command=ls&stdout=true"), [400, "container x is not valid for pod web"]);
  });
});

test("asks for the right to create, though a WebSocket comes by GET", async () => {
  await withPods(scripted().nodes, async (dev) => {
    const headers = { "impersonate-user": "jane" };
    await dev.allow("jane", ["get"], ["pods/attach"]);
    const read = await openSocket(dev, ALL, V5, { headers });
    const message = 'pods "web" is forbidden: User "jane" cannot create resource "pods/attach" in API group "" in the namespace "default"';
    assert.equal(read, { code: 403, message });
    await dev.allow("jane", ["get", "create"], ["pods/attach"]);
    const { socket } = opened(await openSocket(dev, ALL, V5, { headers }));
    socket.terminate();
  });
});

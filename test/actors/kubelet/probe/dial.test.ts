import { createServer, type Server } from "node:http";
import { createServer as createGrpc, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Server as NetServer } from "node:net";
import * as assert from "uvu/assert";
import { probeIo } from "#actors/kubelet/probe/dial.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("asking over the network");

const HOST = "127.0.0.1";
const signal = new AbortController().signal;
const listening = async (server: NetServer | Server, body: (port: number) => Promise<void>): Promise<void> => {
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  try {
    await body((server.address() as AddressInfo).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
};
const refused = async (asking: (port: number) => Promise<unknown>): Promise<string> => {
  let free = 0;
  await listening(createServer(), async (port) => void (free = port));
  return asking(free).then(
    () => "no error",
    (error: Error) => error.message.replace(String(free), "PORT").replace(String(free), "PORT"),
  );
};
const get = (port: number, path = "/") =>
  probeIo.http({ scheme: "http", host: HOST, port, path, headers: [{ name: "x-a", value: "b" }] }, signal);

test("gives status and body of an answer, whatever it is", () =>
  listening(
    createServer((request, response) => response.writeHead(503).end(`${request.url} ${String(request.headers["x-a"])}`)),
    async (port) => assert.equal(await get(port, "/ready"), { status: 503, body: "/ready b" }),
  ));

test("reads no more of a body than it needs", () =>
  listening(
    createServer((_request, response) => response.end("x".repeat(100_000))),
    async (port) => assert.is((await get(port)).body.length, 10_240),
  ));

test("makes a connection and lets it go", () => listening(createServer(), (port) => probeIo.tcp(HOST, port, signal)));

test("says in Go's words that nobody listens", async () => {
  assert.is(await refused((port) => get(port)), 'Get "http://127.0.0.1:PORT/": dial tcp 127.0.0.1:PORT: connect: connection refused');
  assert.is(await refused((port) => probeIo.tcp(HOST, port, signal)), "dial tcp 127.0.0.1:PORT: connect: connection refused");
  assert.is(await refused((port) => probeIo.grpc(HOST, port, "", signal)), "dial tcp 127.0.0.1:PORT: connect: connection refused");
});

test("asks a gRPC server for its health", async () => {
  const server = createGrpc();
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    assert.is(headers[":path"], "/grpc.health.v1.Health/Check");
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(Uint8Array.from([0, 0, 0, 0, 2, 8, 1]));
  });
  await listening(server, async (port) => assert.is(await probeIo.grpc(HOST, port, "", signal), "SERVING"));
});

test("tells a gRPC server's refusal", async () => {
  const server = createGrpc();
  server.on("stream", (stream: ServerHttp2Stream) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "12" });
    stream.end();
  });
  await listening(server, async (port) => {
    const failure = await probeIo.grpc(HOST, port, "", signal).catch((error: Error) => error.message);
    assert.match(failure, /code = 12/);
  });
});

// Requests of a guest against a real server, called as the linker would call them.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as assert from "uvu/assert";
import { Names } from "#runtime/network/lookup.ts";
import { whenReady } from "#runtime/wasi/preview2/poll.ts";
import type { InputStream } from "#runtime/wasi/preview2/streams.ts";
import { Fields } from "#runtime/wasi/http/fields.ts";
import { OutgoingRequest, RequestOptions } from "#runtime/wasi/http/requests.ts";
import type { FutureResponse, IncomingResponse } from "#runtime/wasi/http/responses.ts";
import { HttpClient, outgoingHandler } from "#runtime/wasi/http/send.ts";
import type { Result } from "#runtime/wasi/preview2/result.ts";
import { TestLife } from "#test/runtime/wasi/preview1/guest.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("runtime/wasi/http/send");
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const value = <Ok>(result: Result<Ok, unknown>): Ok => {
  if (result.tag === "err") throw new Error(JSON.stringify(result.val));
  return result.val;
};

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;
type Bench = {
  readonly authority: string;
  readonly life: TestLife;
  readonly send: (request: OutgoingRequest, options?: RequestOptions) => FutureResponse;
};

const withServer = async (handler: Handler, body: (bench: Bench) => Promise<void>): Promise<void> => {
  const server = createServer((request, response) => void handler(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const network = { ranges: [], mayBindLow: true, address: "127.64.0.1", isHost: true };
  const client = new HttpClient(new Names([{ path: "etc/hosts", text: "127.0.0.1 web\n" }], network), network);
  const life = new TestLife();
  const { handle } = outgoingHandler(client, life);
  try {
    await body({
      authority: `web:${(server.address() as AddressInfo).port}`,
      life,
      send: (request, options) => value((handle as (...args: unknown[]) => Result<FutureResponse, unknown>)(request, options)),
    });
  } finally {
    client.close();
    server.closeAllConnections();
    server.close();
  }
};

const requestTo = (authority: string, path = "/", method = "get"): OutgoingRequest => {
  const request = new OutgoingRequest(new Fields([["x-asked", bytes("yes")]], false));
  return Object.assign(request, { authority, path, method: { tag: method }, scheme: { tag: "HTTP" } });
};
const answerOf = async (life: TestLife, future: FutureResponse): Promise<Result<IncomingResponse, { tag: string }>> =>
  value((await whenReady(life, future, () => future.get())) as NonNullable<ReturnType<FutureResponse["get"]>>);
const readAll = async (life: TestLife, { source }: InputStream): Promise<string> => {
  let text = "";
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one piece after the other
    const piece = await whenReady(life, source, () => source.read(1 << 16));
    if (piece === undefined) return text;
    text += Buffer.from(piece).toString();
  }
};

test("gets by a name of the pod's hosts, with its fields and the host it asked", () =>
  withServer(
    ({ method, url, headers, rawHeaders }, response) => {
      response.writeHead(201, { "x-from": "server" });
      response.end(`${method} ${url} ${headers.host} ${String(headers["x-asked"])} ${rawHeaders.length}`);
    },
    async ({ authority, life, send }) => {
      const response = value(await answerOf(life, send(requestTo(authority, "/a?b=c"))));
      assert.is(response.message.statusCode, 201);
      const body = value(response.consume());
      assert.is(response.consume().tag, "err", "there is one body");
      const stream = value(body.stream());
      assert.is(await readAll(life, stream), `GET /a?b=c ${authority} yes 6`);
      const trailers = body.finish();
      assert.equal(await whenReady(life, trailers, () => trailers.get()), { tag: "ok", val: { tag: "ok", val: undefined } });
    },
  ));
test("sends a body that is whole with its length, and one that grows in pieces", () =>
  withServer(
    async (request, response) => {
      let text = "";
      for await (const chunk of request as AsyncIterable<Buffer>) text += chunk.toString();
      response.end(`${text} ${request.headers["content-length"] ?? request.headers["transfer-encoding"]}`);
    },
    async ({ authority, life, send }) => {
      const whole = requestTo(authority, "/", "post");
      const body = value(whole.body());
      value(value(body.stream()).write(bytes("all of it")));
      const future = send(whole);
      value(body.finish(undefined));
      assert.is(await readAll(life, value(value(value(await answerOf(life, future)).consume()).stream())), "all of it 9");
      const growing = requestTo(authority, "/", "post");
      const grown = value(growing.body());
      const later = send(growing);
      const stream = value(grown.stream());
      await life.wait(1, []);
      for (const piece of ["one", "two"]) value(stream.write(bytes(piece)));
      value(grown.finish(undefined));
      assert.is(await readAll(life, value(value(value(await answerOf(life, later)).consume()).stream())), "onetwo chunked");
    },
  ));
test("holds back a guest that writes faster than the network takes", () =>
  withServer(
    (request) => request.pause(),
    async ({ authority, life, send }) => {
      const request = requestTo(authority, "/", "post");
      const body = value(request.body());
      const future = send(request);
      const stream = value(body.stream());
      await life.wait(5, []);
      let written = 0;
      while (value(stream.checkWrite()) > 0n && written < 1 << 26) {
        written += Number(value(stream.checkWrite()));
        value(stream.write(new Uint8Array(Number(value(stream.checkWrite())))));
        // oxlint-disable-next-line no-await-in-loop -- the network takes what it takes
        await life.wait(1, []);
      }
      assert.ok(written < 1 << 25, `${written} bytes were taken`);
      assert.not.ok(stream.sink.isReady);
      future[Symbol.dispose]();
      body[Symbol.dispose]();
    },
  ));
test("does not pass off a part of a body for the whole", () =>
  withServer(
    (request, response) => request.on("close", () => response.destroy()).resume(),
    async ({ authority, life, send }) => {
      const request = new OutgoingRequest(new Fields([["content-length", bytes("10")]], false));
      Object.assign(request, { authority, method: { tag: "post" }, scheme: { tag: "HTTP" } });
      const body = value(request.body());
      const future = send(request);
      value(value(body.stream()).write(bytes("short")));
      assert.equal(body.finish(undefined), { tag: "err", val: { tag: "HTTP-request-body-size", val: 5n } });
      assert.is((await answerOf(life, future)).tag, "err");
    },
  ));
test("gives the trailers of an answer", () =>
  withServer(
    (_request, response) => {
      response.writeHead(200, { trailer: "x-sum" });
      response.write("body");
      response.addTrailers({ "x-sum": "42" });
      response.end();
    },
    async ({ authority, life, send }) => {
      const body = value(value(await answerOf(life, send(requestTo(authority)))).consume());
      assert.is(await readAll(life, value(body.stream())), "body");
      const trailers = body.finish();
      const got = await whenReady(life, trailers, () => trailers.get());
      const fields = value(value(got as NonNullable<typeof got>) as Result<Fields, unknown>);
      assert.equal(
        fields.get("X-Sum").map((each) => Buffer.from(each).toString()),
        ["42"],
      );
      assert.is(trailers.get()?.tag, "err", "they are given once");
    },
  ));
test("says that nobody listens, that there is no such name, and that it took too long", () =>
  withServer(
    () => undefined,
    async ({ authority, life, send }) => {
      assert.equal(await answerOf(life, send(requestTo("127.0.0.1:1"))), { tag: "err", val: { tag: "connection-refused" } });
      assert.is(((await answerOf(life, send(requestTo("nobody")))) as { val: { tag: string } }).val.tag, "DNS-error");
      const options = Object.assign(new RequestOptions(), { firstByte: 20_000_000n });
      assert.equal(await answerOf(life, send(requestTo(authority), options)), { tag: "err", val: { tag: "HTTP-response-timeout" } });
    },
  ));
test("fails the body of an answer that breaks off", () =>
  withServer(
    (_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("the first part");
      setTimeout(() => response.destroy(), 10);
    },
    async ({ authority, life, send }) => {
      const response = value(await answerOf(life, send(requestTo(authority))));
      const error = await readAll(life, value(value(response.consume()).stream())).catch((thrown: unknown) => thrown);
      assert.equal((error as { code: unknown }).code, { tag: "connection-terminated" });
    },
  ));

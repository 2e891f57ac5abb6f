import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import * as assert from "uvu/assert";
import { failure } from "#api/meta/status.ts";
import { ask, connectH2, open, startServer, withServer, type Stream } from "#test/actors/api-server/https/test-server.ts";
import { settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("https/streams");
const encoder = new TextEncoder();
const WATCH = "/api/v1/namespaces/a/pods?watch=1";
const tooOld = () => failure("Expired", "too old resource version: 1 (5)");

type Reading = { readonly body: NodeJS.EventEmitter; readonly leave: () => void };

const readH1 = async (port: number): Promise<Reading> => {
  const request = await open(port, WATCH);
  request.on("error", () => undefined);
  const [body] = (await once(request.end(), "response")) as [IncomingMessage];
  body.on("error", () => undefined);
  return { body, leave: () => request.destroy() };
};

const readH2 = async (port: number): Promise<Reading> => {
  const session = await connectH2(port);
  const body = session.request({ ":path": WATCH });
  await once(body, "response");
  return { body, leave: () => session.destroy() };
};

for (const [protocol, read] of [
  ["HTTP/1.1", readH1],
  ["HTTP/2", readH2],
] as const) {
  test(`streams a watch as lines over ${protocol}, and tells the core when the client leaves`, () =>
    withServer(async ({ port, handler, counted }) => {
      const streamed = Promise.withResolvers<Stream>();
      handler.onStream = (stream) => {
        stream.sink.opened?.();
        streamed.resolve(stream);
      };
      const { body, leave } = await read(port);
      let text = "";
      body.on("data", (chunk: Buffer) => (text += chunk.toString()));
      const { sink, signal, request } = await streamed.promise;
      assert.is(request.verb, "watch");
      sink.write(encoder.encode('{"type":"ADDED"}'));
      sink.write(encoder.encode('{"type":"MODIFIED"}\n'));
      while (text.split("\n").length < 3) await settled();
      assert.is(text, '{"type":"ADDED"}\n{"type":"MODIFIED"}\n');
      const aborted = once(signal, "abort");
      leave();
      await aborted;
      sink.end();
      assert.is(sink.write(encoder.encode("{}")), true);
      while (counted.length === 0) await settled();
      assert.equal([counted[0]?.verb, counted[0]?.isLong], ["watch", true]);
    }));
}

test("refuses a watch with its own code before it has begun", () =>
  withServer(async ({ port, handler }) => {
    handler.onStream = ({ sink }) => sink.end(tooOld());
    const { code, json } = await ask(port, WATCH);
    assert.equal([code, json["reason"]], [410, "Expired"]);
  }));

test("tells of a failure in a watch by an event", () =>
  withServer(async ({ port, handler }) => {
    handler.onStream = ({ sink }) => {
      sink.opened?.();
      sink.end(tooOld());
    };
    const { code, json } = await ask(port, WATCH);
    assert.equal([code, json["type"], (json["object"] as { reason: string }).reason], [200, "ERROR", "Expired"]);
  }));

test("streams a log as it is", () =>
  withServer(async ({ port, handler }) => {
    handler.onStream = ({ sink, request }) => {
      sink.write(encoder.encode(`${request.subresource} ${String(request.options?.["tailLines"])} `));
      sink.write(encoder.encode("end"));
      sink.end();
    };
    const { bytes, headers } = await ask(port, "/api/v1/namespaces/a/pods/web/log?follow=true&tailLines=5");
    assert.is(bytes.toString(), "log 5 end");
    assert.is(headers["content-type"], "text/plain");
  }));

test("makes a fast stream wait for a slow client", () =>
  withServer(async ({ port, handler }) => {
    let isBlocked = false;
    handler.onStream = async ({ sink, signal }) => {
      const frame = new Uint8Array(64 * 1024).fill(120);
      for (let count = 0; count < 64; count++) {
        if (sink.write(frame)) continue;
        isBlocked = true;
        await sink.drained(signal);
      }
      sink.end();
    };
    const { bytes } = await ask(port, "/api/v1/namespaces/a/pods/web/log?follow=true");
    assert.is(bytes.length, 64 * 64 * 1024);
    assert.ok(isBlocked);
  }));

test("lets what is in progress finish when it stops, and ends watches", async () => {
  const { server, port, handler } = await startServer();
  const asked = Promise.withResolvers<void>();
  const mayAnswer = Promise.withResolvers<void>();
  handler.answer = async () => {
    asked.resolve();
    await mayAnswer.promise;
    return { code: 200, contentType: "application/json", body: encoder.encode("{}") };
  };
  const watching = Promise.withResolvers<void>();
  handler.onStream = ({ sink, signal }) => {
    sink.opened?.();
    signal.addEventListener("abort", () => sink.end());
    watching.resolve();
  };
  const watch = ask(port, WATCH);
  const get = ask(port, "/api/v1/pods/a");
  await Promise.all([asked.promise, watching.promise]);
  const stopped = server.stop();
  assert.is((await watch).code, 200);
  mayAnswer.resolve();
  assert.is((await get).code, 200);
  await stopped;
  const refused = await ask(port, "/healthz").then(
    () => "answered",
    (error: NodeJS.ErrnoException) => error.code,
  );
  assert.is(refused, "ECONNREFUSED");
});

test("cuts off what does not finish in time when it stops", async () => {
  const { server, port, handler } = await startServer();
  handler.answer = () => new Promise(() => undefined);
  const get = ask(port, "/api/v1/pods/a").then(
    () => "answered",
    (error: NodeJS.ErrnoException) => error.code,
  );
  while (handler.seen.length === 0) await settled();
  await server.stop(50);
  assert.is(await get, "ECONNRESET");
});

import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import * as assert from "uvu/assert";
import type { ApiError } from "#api/meta/status.ts";
import { HttpsTransport } from "#lib/https/transport.ts";
import { clientOf, servingOf, startServer } from "#test/actors/api-server/https/test-server.ts";
import { transportContract } from "#test/contract/transport.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("https/transport");

/** A transport to the server at `port`, as jane. */
const transportTo = async (port: number, more = {}): Promise<HttpsTransport> => {
  const { ca, cert, key } = await clientOf("jane", ["devs"]);
  return new HttpsTransport({
    server: `https://127.0.0.1:${port}`,
    certificateAuthority: ca,
    client: { certificate: cert, key },
    ...more,
  });
};

transportContract("HTTPS", async (handler) => {
  const { port, server, handler: echo } = await startServer();
  echo.answer = handler.handle.bind(handler);
  echo.onStream = ({ user, request, sink, signal }) => handler.stream(user, request, sink, signal);
  const transport = await transportTo(port);
  return {
    transport,
    user: { name: "jane", groups: ["devs", "system:authenticated"] },
    crash: () => server.stop(0),
    [Symbol.asyncDispose]: async () => {
      await transport.close();
      await server.stop(0);
    },
  };
});

/** A server that answers as no Kubernetes does. */
const withAnswer = async (
  answer: (response: ServerResponse) => void,
  body: (transport: HttpsTransport) => Promise<void>,
): Promise<void> => {
  const { certificate, key } = await servingOf();
  const server = createServer({ cert: certificate, key }, (_, response) => answer(response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const transport = await transportTo((server.address() as AddressInfo).port, { token: async () => "t" });
  try {
    await body(transport);
  } finally {
    await transport.close();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
};
const list = { verb: "list", group: "", version: "v1", resource: "pods" } as const;
const failureOf = (promise: Promise<unknown>): Promise<ApiError> =>
  promise.then(
    () => assert.unreachable("it did not fail") as never,
    (error: unknown) => error as ApiError,
  );

test("makes a Status of an answer that is none", () =>
  withAnswer(
    (response) => response.writeHead(503).end("<html>bad gateway"),
    async (transport) => {
      const error = await failureOf(transport.request(list));
      assert.equal([error.code, error.reason, error.message], [503, "ServiceUnavailable", "<html>bad gateway"]);
      assert.is((await failureOf(transport.stream({ ...list, verb: "watch" }, () => undefined, new AbortController().signal))).code, 503);
    },
  ));

test("keeps the code of an answer that no reason has", () =>
  withAnswer(
    (response) => response.writeHead(502).end(),
    async (transport) =>
      assert.equal(
        [(await failureOf(transport.request(list))).code, (await failureOf(transport.request(list))).reason],
        [502, "InternalError"],
      ),
  ));

test("reads lines that lie in many chunks, and skips empty ones", () =>
  withAnswer(
    async (response) => {
      for (const chunk of ['{"a"', ":", '1}\n\n{"b":2}\n{"c"', ":3}\n"]) {
        response.write(chunk);
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    },
    async (transport) => {
      const seen: unknown[] = [];
      await transport.stream(
        { ...list, verb: "watch" },
        (frame) => seen.push(JSON.parse(Buffer.from(frame).toString())),
        new AbortController().signal,
      );
      assert.equal(seen, [{ a: 1 }, { b: 2 }, { c: 3 }]);
    },
  ));

test("takes an answer that breaks off for none", () =>
  withAnswer(
    (response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("{");
      setImmediate(() => response.destroy());
    },
    async (transport) => assert.is((await failureOf(transport.request(list))).reason, "ServiceUnavailable"),
  ));

test("shows its token", async () => {
  const seen: (string | undefined)[] = [];
  await withAnswer(
    (response) => {
      seen.push(response.req.headers.authorization);
      response.end("{}");
    },
    async (transport) => void (await transport.request(list)),
  );
  assert.equal(seen, ["Bearer t"]);
});

test("does not trust a server of another authority", async () => {
  const { port, server } = await startServer();
  const transport = new HttpsTransport({ server: `https://127.0.0.1:${port}` });
  assert.is((await failureOf(transport.request(list))).reason, "ServiceUnavailable");
  await transport.close();
  await server.stop(0);
});

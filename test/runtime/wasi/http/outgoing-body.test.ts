// A body against a real server's response.
import { once } from "node:events";
import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import * as assert from "uvu/assert";
import { Fields } from "#runtime/wasi/http/fields.ts";
import { OutgoingBody } from "#runtime/wasi/http/outgoing-body.ts";
import type { OutputStream } from "#runtime/wasi/preview2/streams.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("runtime/wasi/http/outgoing-body");
const bytes = (what: string): Uint8Array => new TextEncoder().encode(what);

type Answered = { readonly message: IncomingMessage; readonly body: string; readonly failures: readonly string[] };

const answer = async (
  write: (body: OutgoingBody, stream: OutputStream) => unknown,
  { head = [], length }: { readonly head?: readonly string[]; readonly length?: number } = {},
): Promise<Answered> => {
  const failures: string[] = [];
  const respond = (response: ServerResponse): void => {
    const body = new OutgoingBody({ length, sizeError: "HTTP-response-body-size" });
    const open = (whole: number | undefined): ServerResponse =>
      response.writeHead(200, whole === undefined ? [...head] : [...head, "content-length", String(whole)]);
    body.leave(open, (error) => {
      failures.push((error as Error).message);
      response.destroy();
    });
    const stream = body.stream();
    if (stream.tag === "ok") write(body, stream.val);
  };
  const server = createServer((_request, response) => respond(response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const request = get({ host: "127.0.0.1", port: (server.address() as AddressInfo).port, agent: false });
    const [message] = (await once(request, "response")) as [IncomingMessage];
    return { message, body: await text(message).catch(() => "broken off"), failures };
  } catch {
    return { message: undefined as unknown as IncomingMessage, body: "no answer", failures };
  } finally {
    server.close();
  }
};

test("goes in one piece with its length when it is whole", async () => {
  const { message, body } = await answer((whole, stream) => {
    stream.write(bytes("one, "));
    stream.write(bytes("two é"));
    whole.finish(undefined);
  });
  assert.equal([message.headers["content-length"], body], ["11", "one, two é"]);
});
test("goes in pieces with its trailers when it has some", async () => {
  const { message, body } = await answer(
    (whole, stream) => {
      stream.write(bytes("a part"));
      whole.finish(new Fields([["x-sum", bytes("6")]], false));
    },
    { head: ["trailer", "x-sum"] },
  );
  assert.equal([message.headers["transfer-encoding"], body, message.trailers["x-sum"]], ["chunked", "a part", "6"]);
});
test("breaks off when it was dropped before its end", async () => {
  const { body } = await answer((whole, stream) => {
    stream.write(bytes("a part"));
    setTimeout(() => whole[Symbol.dispose](), 20);
  });
  assert.is(body, "broken off");
});
test("is not more than was promised", async () => {
  await answer(
    (whole, stream) => {
      assert.equal(stream.write(bytes("four")), { tag: "ok", val: undefined });
      assert.is(stream.write(bytes("!")).tag, "err");
      whole[Symbol.dispose]();
    },
    { head: ["content-length", "4"], length: 4 },
  );
});
test("says so when node cannot send its head", async () => {
  const { body, failures } = await answer((whole) => whole.finish(undefined), { head: ["trailer", "x-sum"] });
  assert.equal([body, failures.length], ["no answer", 1]);
});

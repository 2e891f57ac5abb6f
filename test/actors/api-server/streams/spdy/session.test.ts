import { Duplex, duplexPair } from "node:stream";
import { constants, inflateSync } from "node:zlib";
import * as assert from "uvu/assert";
import { DICTIONARY } from "#actors/api-server/streams/spdy/dictionary.ts";
import { FrameReader, SpdyError } from "#actors/api-server/streams/spdy/frames.ts";
import { emptyHeaders } from "#actors/api-server/streams/spdy/headers.ts";
import { serveSpdy, type SpdyStream } from "#actors/api-server/streams/spdy/session.ts";
import { suite } from "#test/support/suite.ts";
import { control, PING, SpdyClient } from "./spdy-client.ts";

const test = suite("api-server/streams/spdy", 5_000);

/** A client that never reads what it is told. */
class Deaf extends Duplex {
  override _read(): void {}
  override _write(): void {}
}

const start = (onStream: (stream: SpdyStream) => void = (stream) => stream.pipe(stream)) => {
  const [near, far] = duplexPair();
  const served = serveSpdy(far, onStream).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { client: new SpdyClient(near), connection: far, served };
};

test("has the dictionary that the protocol has", () => {
  assert.is(DICTIONARY.length, 1423);
  const both = Buffer.concat([emptyHeaders(true), emptyHeaders(false)]);
  const read = inflateSync(both, { dictionary: DICTIONARY, finishFlush: constants.Z_SYNC_FLUSH });
  assert.equal([...read], [0, 0, 0, 0, 0, 0, 0, 0]);
});

test("gives each stream its headers and its bytes, whatever lies between them", async () => {
  const headers: object[] = [];
  const { client, served } = start((stream) => {
    headers.push(stream.headers);
    stream.pipe(stream);
  });
  const first = await client.open({ streamType: "data", port: "80" });
  const second = await client.open({ streamType: "error", port: "80" });
  client.send(first, "one ");
  client.send(second, "other", true);
  client.send(first, "two", true);
  assert.equal([await client.said(first), await client.said(second)], ["one two", "other"]);
  assert.equal(headers, [
    { streamtype: "data", port: "80" },
    { streamtype: "error", port: "80" },
  ]);
  assert.ok(client.hasReply(first) && client.hasReply(second));
  client.connection.end();
  assert.is(await served, undefined);
});

test("carries more than a stream may hold, at the pace of who takes it", async () => {
  const { client } = start();
  const stream = await client.open({});
  const piece = "0123456789abcdef".repeat(4096);
  for (let count = 0; count < 40; count++) client.send(stream, piece);
  client.send(stream, "", true);
  assert.is((await client.said(stream)).length, 40 * piece.length);
});

test("answers pings, and resets what it does not take", async () => {
  const { client } = start((stream) => stream.destroy());
  client.connection.write(control(PING, 0, Buffer.from([0, 0, 0, 7])));
  await client.until((seen) => seen.some(({ type, stream }) => type === PING && stream === 7));
  const stream = await client.open({});
  assert.is(await client.said(stream), "");
  assert.ok(client.isReset(stream));
});

test("ends a stream that the client resets, and all of them with the connection", async () => {
  const streams: SpdyStream[] = [];
  const { client, served } = start((stream) => streams.push(stream));
  const [reset] = [await client.open({}), await client.open({})];
  await client.until(() => streams.length === 2);
  const closed = streams.map((stream) => new Promise((resolve) => stream.on("close", resolve)));
  client.connection.write(control(3, 0, Buffer.from([0, 0, 0, reset, 0, 0, 0, 5])));
  await closed[0];
  assert.not(streams[1]?.destroyed);
  client.connection.end();
  await closed[1];
  assert.is(await served, undefined);
});

test("leaves with the connection though nobody takes what a stream was sent", async () => {
  const streams: SpdyStream[] = [];
  const { client, connection, served } = start((stream) => streams.push(stream));
  const stream = await client.open({});
  for (let count = 0; count < 10; count++) client.send(stream, Buffer.alloc(65_536));
  while ((streams[0]?.readableLength ?? 0) < 262_144) await new Promise(setImmediate);
  connection.destroy();
  assert.is(await served, undefined);
});

test("does not listen to who does not read its answers", async () => {
  const connection = new Deaf();
  void serveSpdy(connection, () => undefined);
  const ping = control(PING, 0, Buffer.alloc(4));
  for (let count = 0; count < 1000; count++) connection.push(ping);
  await new Promise(setImmediate);
  assert.is(connection.writableLength, ping.length);
  connection.destroy();
});

test("puts frames together from pieces of any size", async () => {
  const client = control(PING, 0, Buffer.from([0, 0, 0, 7]));
  const bytes = Buffer.concat([client, Buffer.from("0000000100000000", "hex"), Buffer.from("0000000101000003616263", "hex"), client]);
  const whole = [...new FrameReader().read(bytes)];
  assert.equal(
    whole.map(({ is }) => is),
    ["ping", "data", "data", "ping"],
  );
  for (const size of [1, 2, 7, 8, 9, 30]) {
    const reader = new FrameReader();
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
    assert.equal(
      pieces.flatMap((piece) => [...reader.read(piece)]),
      whole,
      String(size),
    );
  }
});

test("leaves a connection that speaks something else", async () => {
  for (const bytes of [
    control(1, 0, Buffer.alloc(2)),
    control(6, 0, Buffer.alloc(4), 0x8002),
    control(1, 0, Buffer.alloc(20, 1)),
    Buffer.from("8003000100ffffff", "hex"),
  ]) {
    const { client, served } = start();
    client.connection.write(bytes);
    assert.instance(await served, SpdyError);
  }
});

test("leaves a connection whose few bytes are headers without end", async () => {
  const { client, served } = start();
  await client.open({ long: "x".repeat(1_000_000) });
  const error = await served;
  assert.instance(error, SpdyError);
  assert.is((error as Error).message, "headers are too long");
});

import * as assert from "uvu/assert";
import type { StreamSink } from "#lib/api.ts";
import { systemClock } from "#lib/clock.ts";
import { NatsNodeTransport } from "#lib/nats/node-transport.ts";
import { serveNode } from "#lib/nats/serve-node.ts";
import { systemRandom } from "#lib/random.ts";
import { startPair } from "#test/support/nats.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("lib/nats/node-transport", 15_000);
const live = new AbortController().signal;

test("lets a node send more when the caller has taken what there is", async () => {
  await using pair = await startPair();
  const { near, far } = pair;
  const ports = { clock: systemClock, random: systemRandom };
  const { promise: asked, resolve: ask } = Promise.withResolvers<StreamSink>();
  const stop = serveNode({ ...ports, connection: far }, "worker-1", { stream: (_request, sink) => ask(sink) });
  await far.flush();
  const { promise: taken, resolve: take } = Promise.withResolvers<void>();
  const transport = new NatsNodeTransport({ ...ports, connection: near });
  let bytes = 0;
  const onFrame = (frame: Uint8Array): Promise<void> => {
    bytes += frame.length;
    return taken;
  };
  const ended = transport.stream("worker-1", { what: "read", method: "GET", path: "/" }, onFrame, live);
  ended.catch(() => undefined);
  const sink = await asked;
  const frame = new Uint8Array(128 * 1024);
  for (let count = 0; count < 40; count++) sink.write(frame);
  const given = sink.drained(live).then(() => "more");
  for (let round = 0; round < 50; round++) await Promise.all([far.flush(), near.flush()]);
  assert.is(await Promise.race([given, far.flush().then(() => "full")]), "full");
  assert.ok(bytes > 0 && bytes < 2 * 1024 * 1024);
  take();
  assert.is(await given, "more");
  sink.end();
  await ended;
  assert.is(bytes, 40 * frame.length);
  transport.close();
  stop();
});

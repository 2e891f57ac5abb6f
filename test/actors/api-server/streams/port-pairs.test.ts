import * as assert from "uvu/assert";
import { duplexPair } from "node:stream";
import { PortPairs } from "#actors/api-server/streams/port-pairs.ts";
import { STREAMS_MS } from "#actors/api-server/streams/ports.ts";
import { serveSpdy } from "#actors/api-server/streams/spdy/session.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";
import { SpdyClient } from "./spdy/spdy-client.ts";

const test = suite("api-server/streams/port-pairs", 5_000);

test("gives up a stream whose other does not come", async () => {
  const clock = new SimulatedClock();
  const [near, far] = duplexPair();
  const client = new SpdyClient(near);
  const pairs = new PortPairs(() => ({ host: "127.0.0.1", realPort: 1, port: 1, pod: "web", uid: "1" }), clock);
  const { promise: taken, resolve } = Promise.withResolvers<void>();
  const served = serveSpdy(far, (stream) => {
    pairs.take(stream);
    resolve();
  });
  const alone = await client.open({ streamType: "data", port: "1", requestID: "0" });
  await taken;
  await clock.advance(STREAMS_MS - 1);
  assert.not(client.isReset(alone));
  await clock.advance(1);
  await client.said(alone);
  assert.ok(client.isReset(alone));
  near.end();
  await served;
});

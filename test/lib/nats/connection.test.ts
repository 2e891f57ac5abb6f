import * as assert from "uvu/assert";
import { systemClock } from "#lib/clock.ts";
import { connect } from "#lib/nats/connection.ts";
import { NoAnswer, Requests } from "#lib/nats/requests.ts";
import { systemRandom } from "#lib/random.ts";
import { quickClock, startPair, TEST_USER } from "#test/support/nats.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("lib/nats/connection", 15_000);
const NOTHING = new Uint8Array();
const why = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "answered",
    (error: unknown) => (error instanceof NoAnswer ? error.why : error),
  );

test("refuses a wrong password, and a server that is not there", async () => {
  await using pair = await startPair();
  const options = { servers: [pair.nats.server], user: TEST_USER.user, name: "x", clock: systemClock };
  assert.match(String(await connect({ ...options, password: "wrong" }).catch((error: unknown) => error)), /authorization/i);
  await pair.nats.kill();
  assert.instance(await connect({ ...options, password: TEST_USER.password }).catch((error: unknown) => error), Error);
});

test("waits for a server when it is told to", async () => {
  await using pair = await startPair();
  await pair.nats.kill();
  const connecting = connect({ servers: [pair.nats.server], ...TEST_USER, name: "x", clock: systemClock, waitForServer: true });
  await pair.nats.start();
  await (await connecting).close();
});

test("tells when it is cut, when it is back, and when it is closed", async () => {
  await using pair = await startPair();
  const { far, proxy } = pair;
  const told: string[] = [];
  const until = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const off = far.onStatus(() => {
        if (told.length < count) return;
        off();
        resolve();
      });
    });
  far.onStatus(({ type }) => told.push(type));
  const cut = until(1);
  proxy.cut();
  await cut;
  assert.is(far.connected, false);
  const back = until(2);
  proxy.restore();
  await back;
  assert.is(far.connected, true);
  await far.close();
  await far.close();
  far.publish("a", NOTHING);
  assert.equal(told, ["disconnected", "connected", "closed"]);
});

test("gives messages of a subscription also after it was cut", async () => {
  await using pair = await startPair();
  const { near, far, proxy } = pair;
  const came = Promise.withResolvers<string>();
  far.subscribe("a.*", ({ subject, headers, reply }) => came.resolve(`${subject} ${headers?.get("K")} ${reply}`));
  const back = new Promise<void>((resolve) => far.onStatus(({ type }) => type === "connected" && resolve()));
  proxy.cut();
  proxy.restore();
  await back;
  await far.flush();
  near.publish("a.b", NOTHING, { headers: { K: "v" }, reply: "r" });
  assert.is(await came.promise, "a.b v r");
});

test("ends every request: answered, unheard, late, cut, called off or closed", async () => {
  await using pair = await startPair();
  const { near, far, proxy } = pair;
  near.subscribe("echo", ({ data, reply = "" }) => near.publish(reply, data));
  near.subscribe("mute", () => undefined);
  await near.flush();
  const requests = new Requests(far, quickClock, systemRandom);
  const echoes = await Promise.all([1, 2, 3].map((byte) => requests.send("echo", Uint8Array.of(byte))));
  assert.equal(
    echoes.map(({ data }) => data[0]),
    [1, 2, 3],
  );
  assert.is(await why(requests.send("nobody", NOTHING)), "noResponders");
  assert.is(await why(requests.send("mute", NOTHING, { timeoutMs: 500 })), "timeout");
  const stop = new AbortController();
  const calledOff = why(requests.send("mute", NOTHING, { signal: stop.signal }));
  stop.abort(new Error("enough"));
  assert.is(await calledOff, stop.signal.reason);
  assert.is(await why(requests.send("mute", NOTHING, { signal: stop.signal })), stop.signal.reason);
  const pending = why(requests.send("mute", NOTHING, { timeoutMs: 1e9 }));
  proxy.cut();
  assert.is(await pending, "disconnected");
  assert.is(await why(requests.send("mute", NOTHING)), "disconnected");
  requests.close();
  assert.is(await why(requests.send("mute", NOTHING)), "closed");
});

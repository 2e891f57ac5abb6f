import * as assert from "uvu/assert";
import { ApiError } from "#api/meta/status.ts";
import type { ApiHandler, User } from "#lib/api.ts";
import { FAIR } from "./network.ts";
import { Violation, World } from "./world.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("sim/harness");

const user: User = { name: "toy", groups: [] };
const request = { verb: "get", group: "", version: "v1", resource: "toys" } as const;
const encoder = new TextEncoder();

/** A server that counts, and tells its count every second to those who watch. */
const counting = (world: World): ApiHandler => {
  let count = 0;
  return {
    handle: async () => ({ code: 200, contentType: "application/json", body: encoder.encode(String(++count)) }),
    stream: (_user, _request, sink, signal) => {
      const tell = (): void => {
        if (signal.aborted) return;
        sink.write(encoder.encode(String(count)));
        world.clock.setTimeout(tell, 1_000);
      };
      tell();
    },
  };
};

const toyWorld = (seed: number) => {
  const world = new World(seed);
  world.server.up(counting(world));
  const process = world.process("toy", ({ clock, connect, logger, random, signal }) => {
    const client = connect(user);
    const ask = async (): Promise<void> => {
      const answer = await client.transport.request(request, signal).then(
        ({ body }) => new TextDecoder().decode(body),
        (error: Error) => (error instanceof ApiError ? String(error.reason) : error.message),
      );
      logger("info", "answered", { answer });
      clock.setTimeout(() => void ask(), Math.floor(random.next() * 500));
    };
    void ask();
    void client.transport
      .stream(request, (frame) => logger("info", "frame", { frame: new TextDecoder().decode(frame) }), signal)
      .catch((error: Error) => logger("info", "stream broke", { error }));
  });
  process.start();
  return { process, world };
};

const run = async (seed: number): Promise<string> => {
  const { process, world } = toyWorld(seed);
  world.network.weather = { delayMs: 50, loss: 0.05, doubling: 0.05, reordering: 0.05 };
  await world.pass(20_000);
  process.crash();
  process.start();
  await world.pass(20_000);
  return world.log.digest();
};

test("the same seed gives the same log, another seed another one", async () => {
  const [first, again, other] = [await run(1), await run(1), await run(2)];
  assert.is(first, again);
  assert.is.not(first, other);
});

test("a crashed process does nothing more, and its successor starts anew", async () => {
  const { process, world } = toyWorld(3);
  await world.pass(2_000);
  process.crash();
  const { lines } = world.log;
  await world.pass(60_000);
  assert.is(world.log.lines, lines);
  process.start();
  await world.pass(100);
  assert.ok(world.log.tail().some((line) => line.includes("starts (life 2)")));
});

test("a server that is down is answered for at once, and breaks off its streams", async () => {
  const { world } = toyWorld(4);
  await world.pass(2_000);
  world.server.down();
  await world.pass(1_000);
  const tail = world.log.tail().join("\n");
  assert.match(tail, "stream broke error=the API server is down");
  assert.match(tail, "answered answer=ServiceUnavailable");
});

test("an end that is cut off hears nothing until it is healed", async () => {
  const { world } = toyWorld(5);
  world.network.cut("toy");
  await world.pass(30_000);
  assert.not.match(world.log.tail().join("\n"), /answer=\d/);
  assert.match(world.log.tail().join("\n"), "answer=ServiceUnavailable");
  world.network.heal("toy");
  await world.pass(30_000);
  assert.match(world.log.tail().join("\n"), /answer=\d/);
});

test("fair weather loses nothing and keeps the order of a channel", async () => {
  const { clock, network } = new World(6);
  assert.is(network.weather, FAIR);
  const arrived: number[] = [];
  const channel = {};
  const deliver = network.link("a", "b");
  for (let i = 0; i < 100; i++) deliver(() => arrived.push(i), channel);
  await clock.advance(60_000);
  assert.equal(
    arrived,
    Array.from({ length: 100 }, (_, i) => i),
  );
  assert.is(network.counts.lost, 0);
});

test("a watcher that sees an invariant broken ends the run", async () => {
  const { world } = toyWorld(7);
  world.watch(() => {
    if (world.clock.now() > Date.UTC(2026, 0, 1) + 500) throw new Violation("S2", "revision 3 after 5");
  });
  const error: unknown = await world.pass(1_000).catch((caught: unknown) => caught);
  assert.instance(error, Violation);
  assert.is((error as Violation).message, "S2: revision 3 after 5");
});

test("what a dead process still calls reaches nobody", async () => {
  const world = new World(8);
  let calls = 0;
  let call = async (): Promise<unknown> => undefined;
  const process = world.process("toy", ({ mortal }) => {
    const port = mortal({ touch: async () => calls++ });
    call = () => port.touch();
  });
  process.start();
  await call();
  process.crash();
  await call().then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, "called by a dead process"),
  );
  assert.is(calls, 1);
});

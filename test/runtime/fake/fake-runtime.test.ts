import * as assert from "uvu/assert";
import { seededRandom } from "#lib/random.ts";
import { createFakeRuntime, type FakeRuntimeOptions } from "#runtime/fake/fake-runtime.ts";
import { PodNetwork } from "#runtime/network/pod-network.ts";
import { ImageError } from "#runtime/port.ts";
import { create, run, runtimeContract, type OpenRuntime } from "#test/contract/runtime.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const openFake = (options: Partial<FakeRuntimeOptions> = {}): OpenRuntime => {
  const clock = new SimulatedClock();
  const network = new PodNetwork();
  network.use("10.64.0.0/24");
  const runtime = createFakeRuntime({ clock, random: seededRandom(1), network, ...options });
  return {
    runtime,
    image: "orrery.dev/examples/toolbox:v1",
    logPath: (name) => `/logs/${name}`,
    advance: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: () => runtime.close(),
  };
};

runtimeContract("fake", async () => openFake());

const test = suite("fake runtime");
const signal = new AbortController().signal;

test("two runs of one seed have the same ids", async () => {
  const [one, two] = await Promise.all([create(openFake(), ["pause"]), create(openFake(), ["pause"])]);
  assert.is(one.id, two.id);
});

test("a start takes as long as it is told", async () => {
  const opened = openFake({ startDelayMs: () => 500 });
  const watched = await create(opened, []);
  const started = opened.runtime.start(watched.id, signal);
  await opened.advance(499);
  assert.is(watched.last?.state, "created");
  await opened.advance(1);
  await started;
  assert.is(watched.last?.state, "running");
});

test("a container without arguments runs until it is stopped", async () => {
  const opened = openFake();
  const watched = await run(opened, []);
  await opened.advance(86_400_000);
  assert.is(watched.last?.state, "running");
});

test("faults are what the options say", async () => {
  const error = new ImageError("ErrImagePull", "no such image");
  const opened = openFake({
    pullFault: (reference) => (reference === "bad" ? error : undefined),
    startFault: ({ config }) => (config.name === "broken" ? "it is broken" : undefined),
  });
  assert.is(await opened.runtime.pull("bad", {}, signal).catch((cause: unknown) => cause), error);
  const watched = await create(opened, [], { name: "broken" });
  const failed = await opened.runtime.start(watched.id, signal).catch((cause: unknown) => cause);
  assert.is((failed as Error).message, "it is broken");
  assert.is(watched.last?.exitCode, 128);
  assert.is(watched.last?.reason, "StartError");
});

test("what ends with its process is killed", async () => {
  const opened = openFake();
  const watched = await run(opened, []);
  await opened.runtime.close();
  assert.is(watched.last?.exitCode, 137);
});

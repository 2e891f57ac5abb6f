import * as assert from "uvu/assert";
import type { CoreV1Event } from "#api/generated/types.ts";
import { failure, notFound } from "#api/meta/status.ts";
import type { ApiRequest } from "#lib/api.ts";
import { EventRecorder } from "#lib/event-recorder.ts";
import { silent } from "#lib/log.ts";
import { seededRandom } from "#lib/random.ts";
import { ScriptedTransport } from "#test/support/scripted-transport.ts";
import { settled, SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("lib/event-recorder");

const decode = ({ body }: ApiRequest): Partial<CoreV1Event> => JSON.parse(new TextDecoder().decode(body)) as CoreV1Event;
const pod = (name = "web") => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "ns", name, uid: `uid-${name}`, resourceVersion: "7" },
});
const killing = { type: "Normal", reason: "Killing", message: "Stopping container web" } as const;

const recorderOf = (answer?: (request: ApiRequest) => unknown) => {
  const clock = new SimulatedClock(Date.UTC(2026, 0, 1));
  const transport = new ScriptedTransport(answer);
  const abort = new AbortController();
  const recorder = new EventRecorder({
    client: transport.client,
    clock,
    random: seededRandom(1),
    logger: silent,
    component: "kubelet",
    host: "worker-1",
  });
  recorder.start(abort.signal);
  const written = () => transport.requests.map((request) => ({ verb: request.verb, ...decode(request) }));
  return { abort, clock, recorder, transport, written };
};

test("another part may speak through it", async () => {
  const { recorder, written } = recorderOf();
  recorder.record(pod(), { ...killing, component: "taint-eviction-controller" });
  await settled();
  const [event] = written();
  assert.equal(event?.source, { component: "taint-eviction-controller", host: "worker-1" });
  assert.is(event?.reportingComponent, "taint-eviction-controller");
});
test("two recorders give events of one name and one instant two names", async () => {
  const { clock, transport, abort, written } = recorderOf();
  const ports = { client: transport.client, clock, random: seededRandom(1), logger: silent };
  for (const component of ["one", "another"]) {
    const recorder = new EventRecorder({ ...ports, component });
    recorder.start(abort.signal);
    recorder.record(pod(), killing);
  }
  await settled();
  assert.is(new Set(written().map(({ metadata }) => metadata?.name)).size, 2);
});
test("writes an event with all that kubectl shows", async () => {
  const { recorder, transport } = recorderOf();
  recorder.record(pod(), { ...killing, fieldPath: "spec.containers{web}" });
  await settled();
  const [request] = transport.requests;
  assert.is(request?.verb, "create");
  assert.is(request?.namespace, "ns");
  const { metadata, ...event } = request === undefined ? {} : decode(request);
  const [name, nanos] = metadata?.name?.split(".") ?? [];
  assert.equal([metadata?.namespace, name, BigInt(`0x${nanos}`) / 1_000_000n], ["ns", "web", BigInt(Date.UTC(2026, 0, 1))]);
  assert.equal(event, {
    apiVersion: "v1",
    kind: "Event",
    involvedObject: {
      kind: "Pod",
      namespace: "ns",
      name: "web",
      uid: "uid-web",
      apiVersion: "v1",
      resourceVersion: "7",
      fieldPath: "spec.containers{web}",
    },
    type: "Normal",
    reason: "Killing",
    message: "Stopping container web",
    reportingInstance: "worker-1",
    source: { component: "kubelet", host: "worker-1" },
    firstTimestamp: "2026-01-01T00:00:00Z",
    lastTimestamp: "2026-01-01T00:00:00Z",
    count: 1,
    reportingComponent: "kubelet",
  });
});

test("an event of a cluster-scoped object goes to the namespace default", async () => {
  const { recorder, transport } = recorderOf();
  recorder.record({ apiVersion: "v1", kind: "Node", metadata: { name: "worker-1" } }, killing);
  await settled();
  assert.is(transport.requests[0]?.namespace, "default");
});

test("counts a repeated event on the first one", async () => {
  const { clock, recorder, transport, written } = recorderOf();
  recorder.record(pod(), killing);
  await clock.advance(5_000);
  recorder.record(pod(), killing);
  await settled();
  assert.is(transport.requests[1]?.verb, "patch");
  assert.is(transport.requests[1]?.name, written()[0]?.metadata?.name);
  assert.equal(written()[1], { verb: "patch", count: 2, lastTimestamp: "2026-01-01T00:00:05Z", message: killing.message });
});

test("begins anew when the event it counted on has expired", async () => {
  const { recorder, written } = recorderOf(({ verb, name }) => {
    if (verb === "patch") throw notFound({ group: "", resource: "events", name });
    return {};
  });
  recorder.record(pod(), killing);
  recorder.record(pod(), killing);
  await settled();
  assert.equal(
    written().map(({ verb, count }) => `${verb} ${count}`),
    ["create 1", "patch 2", "create 2"],
  );
});

test("combines events that differ only in their message from the tenth on", async () => {
  const { recorder, written } = recorderOf();
  for (let i = 1; i <= 12; i++) recorder.record(pod(), { ...killing, message: `message ${i}` });
  recorder.record(pod(), { ...killing, message: "message 1" });
  await settled();
  assert.equal(
    written()
      .slice(8)
      .map(({ verb, message, count }) => `${verb} ${message} ${count}`),
    [
      "create message 9 1",
      "create (combined from similar events): message 10 1",
      "patch (combined from similar events): message 11 2",
      "patch (combined from similar events): message 12 3",
      "patch message 1 2",
    ],
  );
});

test("forgets similar messages after ten quiet minutes", async () => {
  const { clock, recorder, written } = recorderOf();
  for (let i = 1; i <= 10; i++) recorder.record(pod(), { ...killing, message: `message ${i}` });
  await clock.advance(600_001);
  recorder.record(pod(), { ...killing, message: "message 11" });
  await settled();
  assert.is(written().at(-1)?.message, "message 11");
});

test("cuts off a flood about one object after 25 events, and lets one more through every five minutes", async () => {
  const { clock, recorder, transport } = recorderOf();
  for (let i = 0; i < 100; i++) recorder.record(pod(), killing);
  recorder.record(pod("other"), killing);
  await settled();
  assert.is(transport.requests.length, 26);
  await clock.advance(300_000);
  recorder.record(pod(), killing);
  recorder.record(pod(), killing);
  await settled();
  assert.is(transport.requests.length, 27);
});

test("tries again while nobody answers, never after an answer", async () => {
  let answers = ["ServiceUnavailable", "Timeout", "Forbidden"] as ("ServiceUnavailable" | "Timeout" | "Forbidden")[];
  const { clock, recorder, transport } = recorderOf(() => {
    const [reason = "Forbidden", ...rest] = answers;
    answers = rest;
    throw failure(reason, "no");
  });
  recorder.record(pod(), killing);
  await clock.advance(60_000);
  assert.is(transport.requests.length, 3);
  assert.is(clock.nextAt(), undefined);
});

test("gives an event up after twelve tries, and drops what its queue cannot hold", async () => {
  const { clock, recorder, transport } = recorderOf(() => {
    throw failure("ServiceUnavailable", "no");
  });
  for (let i = 0; i < 1_100; i++) recorder.record(pod(`pod-${i}`), killing);
  await clock.advance(200_000);
  const names = new Set(transport.requests.map((request) => decode(request).metadata?.name));
  assert.ok(names.size >= 2);
  await clock.advance(86_400_000 * 2);
  assert.is(new Set(transport.requests.map((request) => decode(request).metadata?.name)).size, 1_001);
});

test("stops writing with its signal", async () => {
  const { abort, clock, recorder, transport } = recorderOf(() => {
    throw failure("ServiceUnavailable", "no");
  });
  recorder.record(pod(), killing);
  await settled();
  abort.abort();
  await settled();
  recorder.record(pod("late"), killing);
  await settled();
  assert.is(transport.requests.length, 1);
  assert.is(clock.nextAt(), undefined);
});

import * as assert from "uvu/assert";
import type { KubeObject } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { expired, failure } from "#api/meta/status.ts";
import { Informer, type Change, type InformerOptions } from "#lib/informer.ts";
import { silent } from "#lib/log.ts";
import { seededRandom } from "#lib/random.ts";
import { ScriptedTransport } from "#test/support/scripted-transport.ts";
import { settled, SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("lib/informer");

type Thing = KubeObject & { readonly color?: string };
const things: Resource<Thing> = { group: "", version: "v1", resource: "things", kind: "Thing", namespaced: true };

const thing = (name: string, resourceVersion: string, color = "red", uid = `uid-${name}`) => ({
  apiVersion: "v1",
  kind: "Thing",
  metadata: { namespace: "ns", name, uid, resourceVersion, creationTimestamp: "2026-01-01T00:00:00Z" },
  color,
});

const informerOf = (options: Partial<InformerOptions<Thing>> = {}) => {
  const clock = new SimulatedClock();
  const transport = new ScriptedTransport();
  const abort = new AbortController();
  const changes: string[] = [];
  const informer = new Informer<Thing>({
    client: transport.client,
    clock,
    random: seededRandom(1),
    logger: silent,
    resource: things,
    indexers: { color: (object) => [object.color ?? ""] },
    ...options,
  });
  informer.onChange(({ type, object }: Change<Thing>) =>
    changes.push(`${type} ${object.metadata.name}@${object.metadata.resourceVersion}`),
  );
  informer.start(abort.signal);
  return { clock, transport, abort, changes, informer };
};

const between = (value = 0, least: number, most: number): void =>
  assert.ok(value >= least && value <= most, `${value} is not in ${least}…${most}`);

const listed = (...objects: readonly ReturnType<typeof thing>[]) => {
  const world = informerOf();
  for (const object of objects) world.transport.newest.send({ type: "ADDED", object });
  world.transport.newest.endList("10");
  return world;
};

test("asks for list and changes in one stream, and takes the list over as a whole", async () => {
  const { informer, transport, changes } = informerOf({ namespace: "ns", labelSelector: "a=b", fieldSelector: "c=d" });
  const { options, namespace, verb } = transport.newest.request;
  assert.is(verb, "watch");
  assert.is(namespace, "ns");
  assert.is(options?.sendInitialEvents, true);
  assert.is(options?.resourceVersionMatch, "NotOlderThan");
  assert.is(options?.labelSelector, "a=b");
  assert.is(options?.fieldSelector, "c=d");
  transport.newest.send({ type: "ADDED", object: thing("a", "3") });
  assert.is(informer.size, 0);
  assert.is(informer.hasSynced, false);
  transport.newest.endList("10");
  await informer.synced;
  assert.is(informer.revision, 10);
  assert.is(informer.get("ns/a")?.metadata.uid, "uid-a");
  assert.equal(changes, ["added a@3"]);
});

test("applies changes that come while the list is still being given", () => {
  const { changes, transport } = informerOf();
  transport.newest.send({ type: "ADDED", object: thing("a", "3") });
  transport.newest.send({ type: "ADDED", object: thing("b", "4") });
  transport.newest.send({ type: "MODIFIED", object: thing("a", "5") });
  transport.newest.send({ type: "DELETED", object: thing("b", "6") });
  transport.newest.endList("6");
  assert.equal(changes, ["added a@5"]);
});

test("tells additions, updates with the old object, and deletions", () => {
  const { informer, transport, changes } = listed(thing("a", "3"));
  let old: string | undefined;
  informer.onChange((change) => (old = change.old?.metadata.resourceVersion));
  transport.newest.send({ type: "ADDED", object: thing("b", "11") });
  transport.newest.send({ type: "MODIFIED", object: thing("a", "12") });
  assert.is(old, "3");
  transport.newest.send({ type: "DELETED", object: thing("b", "13") });
  assert.equal(changes, ["added a@3", "added b@11", "updated a@12", "deleted b@13"]);
  assert.is(informer.revision, 13);
  assert.equal(
    informer.list().map(({ metadata }) => metadata.name),
    ["a"],
  );
});

test("a new listener hears of what is already there", () => {
  const { informer } = listed(thing("a", "3"), thing("b", "4"));
  const heard: string[] = [];
  const stop = informer.onChange(({ type, object }) => heard.push(`${type} ${object.metadata.name}`));
  stop();
  assert.equal(heard, ["added a", "added b"]);
});

test("keeps indexes current, those added late too", () => {
  const { informer, transport } = listed(thing("a", "3"), thing("b", "4", "blue"));
  informer.addIndex("initial", (object) => [object.metadata.name.slice(0, 1)]);
  const names = (index: string, value: string) => informer.byIndex(index, value).map(({ metadata }) => metadata.name);
  assert.equal(names("color", "red"), ["a"]);
  assert.equal(names("initial", "b"), ["b"]);
  transport.newest.send({ type: "MODIFIED", object: thing("a", "11", "blue") });
  assert.equal(names("color", "red"), []);
  assert.equal(names("color", "blue"), ["b", "a"]);
  transport.newest.send({ type: "DELETED", object: thing("b", "12", "blue") });
  assert.equal(names("color", "blue"), ["a"]);
  assert.throws(() => informer.byIndex("shape", "round"), /no index shape/);
});

test("resumes from the last revision when the server ends the stream, at once", async () => {
  const { clock, transport, changes } = listed(thing("a", "3"));
  transport.newest.send({ type: "BOOKMARK", object: { metadata: { resourceVersion: "42" } } });
  transport.newest.close();
  await clock.advance(0);
  assert.is(transport.streams.length, 2);
  assert.is(transport.newest.request.options?.resourceVersion, "42");
  assert.is(transport.newest.request.options?.sendInitialEvents, undefined);
  transport.newest.send({ type: "MODIFIED", object: thing("a", "43") });
  assert.equal(changes, ["added a@3", "updated a@43"]);
});

test("backs off with growing waits while nobody answers, and starts anew when somebody did", async () => {
  const { clock, transport } = informerOf();
  const waits: number[] = [];
  for (let failed = 0; failed < 10; failed++) {
    const from = clock.now();
    const opened = transport.streams.length;
    transport.newest.fail(failure("ServiceUnavailable", "nobody"));
    await clock.until(() => transport.streams.length > opened);
    waits.push(clock.now() - from);
  }
  between(waits[0], 100, 200);
  between(waits[3], 800, 1_600);
  between(waits[9], 15_000, 30_000);
  transport.newest.endList("10");
  transport.newest.fail(failure("ServiceUnavailable", "gone again"));
  const from = clock.now();
  await clock.until(() => transport.streams.length === 12);
  assert.ok(clock.now() - from <= 200);
  assert.is(transport.newest.request.options?.resourceVersion, "10");
});

test("lists anew after a 410 and tells only the difference", async () => {
  const { clock, transport, changes, informer } = listed(
    thing("same", "3"),
    thing("changed", "4"),
    thing("gone", "5"),
    thing("reborn", "6"),
  );
  transport.newest.send({ type: "ERROR", object: expired("too old resource version").status });
  await clock.advance(200);
  assert.is(transport.newest.request.options?.sendInitialEvents, true);
  transport.newest.send({ type: "ADDED", object: thing("same", "3") });
  transport.newest.send({ type: "ADDED", object: thing("changed", "14") });
  transport.newest.send({ type: "ADDED", object: thing("reborn", "16", "red", "another") });
  transport.newest.send({ type: "ADDED", object: thing("new", "17") });
  assert.is(informer.size, 4);
  changes.length = 0;
  transport.newest.endList("20");
  assert.equal(changes, ["deleted gone@5", "deleted reborn@6", "updated changed@14", "added reborn@16", "added new@17"]);
  assert.is(informer.revision, 20);
});

test("a resume that the server refuses with 410 leads to a list", async () => {
  const { clock, transport } = listed(thing("a", "3"));
  transport.newest.close();
  await clock.advance(0);
  transport.newest.fail(expired("too old resource version"));
  await clock.advance(200);
  assert.is(transport.streams.length, 3);
  assert.is(transport.newest.request.options?.sendInitialEvents, true);
});

test("waits for a revision, and until anything else holds", async () => {
  const { informer, transport } = listed(thing("a", "3"));
  const abort = new AbortController();
  const seen: string[] = [];
  await informer.waitForRevision("9", abort.signal);
  void informer.waitForRevision("12", abort.signal).then(() => seen.push("revision"));
  void informer.waitUntil(() => informer.get("ns/a") === undefined, abort.signal).then(() => seen.push("gone"));
  const never = informer.waitForRevision("99", abort.signal);
  transport.newest.send({ type: "ADDED", object: thing("b", "11") });
  await settled();
  assert.equal(seen, []);
  transport.newest.send({ type: "DELETED", object: thing("a", "12") });
  await settled();
  assert.equal(seen, ["revision", "gone"]);
  abort.abort(new Error("enough"));
  await never.then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, "enough"),
  );
});

test("a listener that throws harms no other, and is reported", () => {
  const lines: string[] = [];
  const { informer, transport } = informerOf({
    logger: (level, message, keys) => lines.push(`${level} ${message} ${String(keys?.["object"])}`),
  });
  const heard: string[] = [];
  informer.onChange(() => {
    throw new Error("bug");
  });
  informer.onChange(({ object }) => heard.push(object.metadata.name));
  transport.newest.send({ type: "ADDED", object: thing("a", "3") });
  transport.newest.endList("10");
  assert.equal(heard, ["a"]);
  assert.equal(lines, ["error listener of an informer failed ns/a"]);
});

test("stops with its signal and leaves no timer", async () => {
  const { abort, clock, transport } = listed(thing("a", "3"));
  abort.abort();
  await settled();
  assert.is(clock.nextAt(), undefined);
  assert.is(transport.streams.length, 1);
});

import * as assert from "uvu/assert";
import type { KubeObject } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { conflict, failure } from "#api/meta/status.ts";
import type { ApiRequest } from "#lib/api.ts";
import { changesOf, defineController, ownerKey, ownKey, TerminalError, type ControllerSpec } from "#lib/controller.ts";
import { Informers } from "#lib/informers.ts";
import { Inspection } from "#lib/inspect.ts";
import type { Logger } from "#lib/log.ts";
import { seededRandom } from "#lib/random.ts";
import { ScriptedTransport } from "#test/support/scripted-transport.ts";
import { settled, SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("lib/controller");

type Thing = KubeObject & { readonly color?: string };
const things: Resource<Thing> = { group: "", version: "v1", resource: "things", kind: "Thing", namespaced: true };

const thing = (name: string, resourceVersion: string, color = "red", extra: object = {}) => ({
  apiVersion: "v1",
  kind: "Thing",
  metadata: { namespace: "ns", name, uid: `uid-${name}`, resourceVersion, creationTimestamp: "2026-01-01T00:00:00Z", ...extra },
  color,
});

type Action = { readonly do: "paint"; readonly key: string } | { readonly do: "remove"; readonly key: string };
type Spec = ControllerSpec<Thing, Action>;

/** A controller that paints every thing blue, and its world. */
const worldOf = (
  overrides: Partial<Spec> = {},
  answer: (request: ApiRequest) => unknown = ({ name = "" }) => thing(name, "50", "blue"),
) => {
  const clock = new SimulatedClock();
  const transport = new ScriptedTransport(answer);
  const abort = new AbortController();
  const lines: string[] = [];
  const observed: string[] = [];
  const outcomes: string[] = [];
  const logger: Logger = (level, message, keys) => lines.push(`${level} ${message} ${String(keys?.["key"] ?? keys?.["resource"])}`);
  const inspection = new Inspection(clock);
  const ports = { client: transport.client, clock, random: seededRandom(1), logger, inspect: inspection.inspect };
  const informers = new Informers(ports);
  const definition = defineController<Thing, Action>("painter-controller", (given) => {
    const source = given.informers.of(things);
    return {
      watches: [changesOf(source, ownKey)],
      observe: (key) => (observed.push(key), source.get(key)),
      decide: ({ color, metadata }) => (color === "blue" ? [] : [{ do: "paint", key: metadata?.name ?? "" }]),
      act: ({ key }, { client, signal }) =>
        client.patch(things, { namespace: "ns", name: key }, { type: "application/merge-patch+json", body: { color: "blue" } }, signal),
      ...overrides,
    };
  });
  const observer = { reconciled: (outcome: string) => outcomes.push(outcome) };
  const controller = definition.create({ ...ports, informers, observer });
  controller.start(abort.signal);
  informers.start(abort.signal);
  const state = () => inspection.actors().find(({ actor }) => actor === "painter-controller")?.state;
  return { abort, clock, controller, lines, observed, outcomes, state, transport };
};

const leading = async (...args: Parameters<typeof worldOf>) => {
  const world = worldOf(...args);
  world.controller.lead(true);
  await settled();
  return world;
};

const list = async ({ transport }: { readonly transport: ScriptedTransport }, ...objects: readonly ReturnType<typeof thing>[]) => {
  for (const object of objects) transport.newest.send({ type: "ADDED", object });
  transport.newest.endList("10");
  await settled();
};

test("decides nothing before its informers have synced, and nothing while it does not lead", async () => {
  const world = worldOf();
  assert.is(world.state(), "syncing");
  await list(world, thing("a", "3"));
  assert.is(world.state(), "standby");
  assert.equal(world.observed, []);
  world.controller.lead(true);
  await settled();
  assert.equal(world.observed, ["ns/a"]);
  assert.is(world.transport.requests.length, 1);
});

test("does not look at a key again before the informer shows what was written for it", async () => {
  const world = await leading();
  await list(world, thing("a", "3"));
  assert.is(world.state(), "leading.reconciling");
  world.transport.newest.send({ type: "MODIFIED", object: thing("a", "11", "green") });
  await settled();
  assert.equal(world.observed, ["ns/a"]);
  world.transport.newest.send({ type: "MODIFIED", object: thing("a", "50", "blue") });
  await settled();
  assert.equal(world.observed, ["ns/a", "ns/a"]);
  assert.is(world.transport.requests.length, 1);
  assert.is(world.state(), "leading.settled");
});

test("a write that the informer has already shown is not waited for", async () => {
  const world = await leading({}, () => thing("a", "9", "blue"));
  await list(world, thing("a", "3"));
  assert.is(world.state(), "leading.settled");
});

test("after a deletion the key rests until the object is gone or going", async () => {
  const remove: Partial<Spec> = {
    decide: ({ metadata }) => [{ do: "remove", key: metadata?.name ?? "" }],
    act: ({ key }, { client, signal }) => client.delete(things, { namespace: "ns", name: key }, {}, signal),
  };
  const world = await leading(remove, () => ({ kind: "Status", status: "Success" }));
  await list(world, thing("a", "3"));
  world.transport.newest.send({ type: "MODIFIED", object: thing("a", "11", "green") });
  await settled();
  assert.is(world.transport.requests.length, 1);
  world.transport.newest.send({ type: "DELETED", object: thing("a", "12") });
  await settled();
  assert.equal(world.observed, ["ns/a", "ns/a"]);
  assert.is(world.transport.requests.length, 1);
});

test("gives up waiting for a write that no informer shows, and says so", async () => {
  const world = await leading();
  await list(world, thing("a", "3"));
  world.transport.newest.send({ type: "MODIFIED", object: thing("a", "11", "green") });
  await world.clock.advance(29_999);
  assert.is(world.observed.length, 1);
  await world.clock.advance(1);
  assert.is(world.observed.length, 2);
  assert.equal(world.lines, ["warn informers do not show what was written ns/a"]);
});

test("other keys go on while one waits for its write", async () => {
  const world = await leading({ workers: 1 });
  await list(world, thing("a", "3"), thing("b", "4"), thing("c", "5", "blue"));
  assert.equal(world.observed, ["ns/a", "ns/b", "ns/c"]);
});

test("tries a failed key again after a back-off, and starts the back-off anew after a success", async () => {
  let failures = 3;
  const world = await leading({}, () => {
    if (failures-- > 0) throw conflict({ group: "", resource: "things", name: "a" });
    return thing("a", "9", "blue");
  });
  await list(world, thing("a", "3"));
  assert.is(world.state(), "leading.backingOff");
  await world.clock.advance(4);
  assert.is(world.observed.length, 1);
  await world.clock.advance(1 + 10 + 20);
  assert.is(world.observed.length, 4);
  assert.equal(world.outcomes, ["error", "error", "error", "success"]);
  assert.is(world.state(), "leading.settled");
  assert.equal(world.lines[0], "info reconcile failed ns/a");
});

test("a terminal error is not tried again until the object changes", async () => {
  const world = await leading({ act: () => Promise.reject(new TerminalError("no such color")) });
  await list(world, thing("a", "3"));
  await world.clock.advance(3_600_000);
  assert.is(world.observed.length, 1);
  assert.equal(world.outcomes, ["terminal"]);
  world.transport.newest.send({ type: "MODIFIED", object: thing("a", "11") });
  await settled();
  assert.is(world.observed.length, 2);
});

test("looks again after the time that a decision asks for", async () => {
  const world = await leading({ decide: () => [{ do: "requeue", afterMs: 30 * 86_400_000 }] });
  await list(world, thing("a", "3"));
  await world.clock.advance(30 * 86_400_000 - 1);
  assert.is(world.observed.length, 1);
  await world.clock.advance(1);
  assert.is(world.observed.length, 2);
});

test("does the actions of a key in order, or in growing batches that end at the first failure", async () => {
  const done: string[] = [];
  const keys = ["1", "2", "3", "4", "5", "6", "7"];
  const paint = (fails: string) => ({
    decide: () => keys.map((key) => ({ do: "paint", key }) as const),
    act: async ({ key }: Action) => {
      done.push(key);
      if (key === fails) throw failure("InternalError", "no paint");
    },
  });
  await list(await leading(paint("3")), thing("a", "3"));
  assert.equal(done, ["1", "2", "3"]);
  done.length = 0;
  await list(await leading({ ...paint("5"), actsAtOnce: 3 }), thing("a", "3"));
  assert.equal(done, ["1", "2", "3", "4", "5", "6"]);
  done.length = 0;
  await list(await leading({ ...paint("1"), actsAtOnce: 500 }), thing("a", "3"));
  assert.equal(done, ["1"]);
});

test("a key in hand when leadership is lost is broken off and taken up by the next term", async () => {
  let signals: AbortSignal[] = [];
  const world = await leading({
    act: (_, { signal }) => {
      signals = [...signals, signal];
      return signals.length > 1
        ? Promise.resolve()
        : new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    },
  });
  await list(world, thing("a", "3"));
  world.controller.lead(false);
  await settled();
  assert.is(world.state(), "standby");
  assert.is(signals[0]?.aborted, true);
  assert.equal(world.outcomes, []);
  world.controller.lead(true);
  await settled();
  assert.is(signals.length, 2);
  assert.equal(world.outcomes, ["success"]);
});

test("a bug in its own work is reported, and the controller starts again", async () => {
  let bugs = 1;
  const world = await leading({
    observe: () => {
      if (bugs-- > 0) throw new TypeError("bug");
      return undefined;
    },
  });
  await list(world, thing("a", "3"));
  await world.clock.advance(5);
  assert.equal(world.outcomes, ["error", "success"]);
});

test("stops with its signal: breaks off, lets go of the informers, leaves no timer", async () => {
  const world = await leading({ act: () => Promise.reject(failure("InternalError", "no paint")) });
  await list(world, thing("a", "3"));
  world.abort.abort();
  await settled();
  assert.is(world.clock.nextAt(), undefined);
});

test("finds the key of a managing owner of the wanted kind only", () => {
  const owned = (owner: object) => ({ ...thing("a", "3"), metadata: { ...thing("a", "3").metadata, ownerReferences: [owner] } }) as never;
  const sets: Resource = { group: "apps", version: "v1", resource: "replicasets", kind: "ReplicaSet", namespaced: true };
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "1", controller: true };
  assert.equal(ownerKey(sets)(owned(owner)), ["ns/web"]);
  assert.equal(ownerKey({ ...sets, namespaced: false })(owned(owner)), ["web"]);
  assert.equal(ownerKey(sets)(owned({ ...owner, controller: false })), []);
  assert.equal(ownerKey(sets)(owned({ ...owner, kind: "Deployment" })), []);
  assert.equal(ownerKey(sets)(owned({ ...owner, apiVersion: "other/v1" })), []);
});

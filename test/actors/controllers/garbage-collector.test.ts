import * as assert from "uvu/assert";
import { decide, FOREGROUND, ORPHAN, type Observed, type OwnerState } from "#actors/controllers/garbage-collector/decide.ts";
import { garbageCollector } from "#actors/controllers/garbage-collector/io.ts";
import { configMaps } from "#api/core/v1/config-map.ts";
import type { V1ConfigMap } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import { Client } from "#lib/client.ts";
import { Informers } from "#lib/informers.ts";
import { silent } from "#lib/log.ts";
import { seededRandom } from "#lib/random.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { aPod, stored } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("controllers/garbage-collector");
const reference = (uid: string) => ({ apiVersion: "apps/v1", kind: "ReplicaSet", name: uid, uid });
const pod = (metadata = {}): Stored => stored(aPod({ metadata }), { uid: "pod" });
const observed = (object: Stored, owners: readonly OwnerState[], blocking: readonly boolean[] = []): Observed => ({
  object,
  owners: owners.map((state, index) => ({ reference: reference(`o${index}`), state })),
  dependents: blocking.map((blocks) => ({ object: pod(), blocking: blocks })),
});
const words = (world: Observed): readonly string[] =>
  decide(world).map((action) =>
    action.do === "delete"
      ? `delete ${action.policy}`
      : action.do === "disown"
        ? `disown ${action.owners.join()}`
        : action.do === "unblock"
          ? "unblock"
          : `unfinalize ${action.finalizer}`,
  );
const dying = (...finalizers: string[]): Stored => stored(aPod({}), { uid: "pod", deletionTimestamp: "2026-01-01T00:00:00Z", finalizers });

const circle = (blockOwnerDeletion: boolean): Observed => ({
  ...observed(pod({ ownerReferences: [{ ...reference("o0"), blockOwnerDeletion }] }), ["waiting"]),
  dependents: [{ object: dying(FOREGROUND), blocking: true }],
});

const CASES: readonly (readonly [string, Observed, readonly string[]])[] = [
  ["keeps what has no owner", observed(pod(), []), []],
  ["keeps what has a live owner", observed(pod(), ["live"]), []],
  ["deletes what has lost all owners", observed(pod(), ["absent", "absent"]), ["delete Background"]],
  ["takes absent and waiting owners off while one lives", observed(pod(), ["live", "absent", "waiting"]), ["disown o1,o2"]],
  ["lets its owner go in a circle, where a dependent waits too", circle(true), ["unblock"]],
  ["is deleted in a circle once its owner does not wait for it", circle(false), ["delete Foreground"]],
  [
    "deletes for a waiting owner, in the foreground when it has dependents itself",
    observed(pod(), ["waiting"], [true]),
    ["delete Foreground"],
  ],
  ["deletes for a waiting owner at once when nothing depends on it", observed(pod(), ["waiting"]), ["delete Background"]],
  [
    "keeps to the policy that the object's finalizer says",
    observed(stored(aPod({}), { finalizers: [ORPHAN] }), ["absent"]),
    ["delete Orphan"],
  ],
  ["waits for blocking dependents", observed(dying(FOREGROUND), [], [false, true]), []],
  ["lets go when none blocks", observed(dying(FOREGROUND), [], [false]), [`unfinalize ${FOREGROUND}`]],
  ["orphans dependents before it lets go", observed(dying(ORPHAN), [], [true]), ["disown pod"]],
  ["lets go when nothing is left to orphan", observed(dying(ORPHAN), []), [`unfinalize ${ORPHAN}`]],
  ["leaves what is being deleted alone", observed(dying(), ["absent"]), []],
];
for (const [name, world, expected] of CASES) test(name, () => assert.equal(words(world), expected));

/** Runs the collector on a server in memory; `before` is called once, before its first delete reaches the server. */
const collecting = (api: TestServer, before: () => Promise<unknown>): AbortController => {
  const end = new AbortController();
  let isFirst = true;
  const { transport } = api.client();
  const client = new Client({
    request: async (request, signal) => {
      if (request.verb === "delete" && isFirst) {
        isFirst = false;
        await before();
      }
      return transport.request(request, signal);
    },
    stream: (request, onFrame, signal) => transport.stream(request, onFrame, signal),
    close: () => transport.close(),
  });
  const ports = { client, clock: api.clock, random: seededRandom(1), logger: silent };
  const informers = new Informers(ports);
  const controller = garbageCollector.create({ ...ports, informers });
  informers.start(end.signal);
  controller.start(end.signal);
  controller.lead(true);
  return end;
};

test("leaves an object alone that found an owner while it was being judged", async () => {
  const api = await startApiServer();
  const client = api.client();
  const owner = await client.create(configMaps, { metadata: { namespace: "default", name: "owner" } });
  const child = (name: string, uid: string): V1ConfigMap => ({
    metadata: { namespace: "default", name, ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid }] },
  });
  await client.create(configMaps, child("adopted", "gone"));
  const end = collecting(api, () => client.update(configMaps, child("adopted", owner.metadata.uid)));
  await api.clock.advance(60_000);
  await client.create(configMaps, child("left", "gone"));
  await api.clock.advance(60_000);
  const names = (await client.list(configMaps, { namespace: "default" })).items.map(({ metadata }) => metadata.name);
  assert.equal(names.toSorted(), ["adopted", "owner"]);
  end.abort();
  await api.close();
});

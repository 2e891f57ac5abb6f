import * as assert from "uvu/assert";
import { decide, FOREGROUND, ORPHAN, type Observed, type OwnerState } from "#actors/controllers/garbage-collector/decide.ts";
import type { Stored } from "#api/meta/object.ts";
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
        : `unfinalize ${action.finalizer}`,
  );
const dying = (...finalizers: string[]): Stored => stored(aPod({}), { uid: "pod", deletionTimestamp: "2026-01-01T00:00:00Z", finalizers });

const CASES: readonly (readonly [string, Observed, readonly string[]])[] = [
  ["keeps what has no owner", observed(pod(), []), []],
  ["keeps what has a live owner", observed(pod(), ["live"]), []],
  ["deletes what has lost all owners", observed(pod(), ["absent", "absent"]), ["delete Background"]],
  ["takes absent and waiting owners off while one lives", observed(pod(), ["live", "absent", "waiting"]), ["disown o1,o2"]],
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

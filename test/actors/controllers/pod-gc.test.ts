import * as assert from "uvu/assert";
import { decide, MOST_ENDED, QUARANTINE_MS } from "#actors/controllers/pod-gc/decide.ts";
import type { Pod } from "#api/core/v1/pod.ts";
import type { Stored } from "#api/meta/object.ts";
import { aPod, stored } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("controllers/pod-gc");
const NOW = 1_000_000;
const bound = stored(aPod({ spec: { nodeName: "n" } }));
const unbound = stored(aPod());
const dying = stored(aPod(), { deletionTimestamp: "2026-01-01T00:00:00Z" });
const dyingBound = { ...dying, spec: bound.spec };

const CASES: readonly (readonly [string, Stored<Pod>, number | undefined, readonly object[]])[] = [
  ["leaves a pod on a node that is there", bound, undefined, []],
  ["waits while a missing node may come", bound, NOW - 1_000, [{ do: "requeue", afterMs: QUARANTINE_MS - 1_000 }]],
  ["deletes a pod whose node does not come", bound, NOW - QUARANTINE_MS, [{ do: "delete", pod: bound, orphaned: true }]],
  ["leaves a pod that waits for a node", unbound, undefined, []],
  ["deletes a pod that ends on no node", dying, undefined, [{ do: "delete", pod: dying, orphaned: false }]],
  ["leaves a pod that ends on a node to its kubelet", dyingBound, undefined, []],
];
for (const [name, pod, missingSince, expected] of CASES)
  test(name, () => assert.equal(decide({ of: "pod", pod, missingSince }, NOW), expected));

const ended = (name: string, year: number, reason?: string): Stored<Pod> =>
  stored(aPod({ metadata: { name }, status: { phase: "Failed", ...(reason === undefined ? {} : { reason }) } }), {
    creationTimestamp: `${year}-01-01T00:00:00Z`,
  });
const deleted = (pods: readonly Stored<Pod>[]) =>
  decide({ of: "ended", pods }, NOW).map((action) => (action.do === "delete" ? action.pod.metadata.name : action.do));

test("deletes ended pods above the threshold, evicted ones first, then the oldest", () => {
  const many = Array.from({ length: MOST_ENDED - 1 }, (_, index) => ended(`p${index}`, 2025));
  assert.equal(deleted([...many, ended("old", 2024)]), []);
  assert.equal(deleted([...many, ended("old", 2024), ended("older", 2023), ended("evicted", 2026, "Evicted")]), ["evicted", "older"]);
});

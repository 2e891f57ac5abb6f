import * as assert from "uvu/assert";
import type { Left } from "#actors/controllers/namespace/conditions.ts";
import { decide } from "#actors/controllers/namespace/decide.ts";
import { aNamespace, stored } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("controllers/namespace");
const dying = { ...stored(aNamespace("n"), { deletionTimestamp: "2026-01-01T00:00:00Z" }), spec: { finalizers: ["kubernetes"] } };
const dos = (left: readonly Left[]) =>
  decide({ namespace: dying, left }, 0).map((action) => (action.do === "empty" ? `empty ${action.resources.join()}` : action.do));

test("leaves a namespace alone that nobody deletes", () => assert.equal(decide({ namespace: stored(aNamespace("n")), left: [] }, 0), []));
test("deletes pods before anything else, says what remains, and looks again", () => {
  assert.equal(
    dos([
      { resource: "configmaps", count: 2, finalizers: [] },
      { resource: "pods", count: 1, finalizers: [] },
    ]),
    ["empty pods", "report", "requeue"],
  );
});
test("deletes all the rest together", () =>
  assert.equal(dos([{ resource: "configmaps", count: 2, finalizers: [] }])[0], "empty configmaps"));
test("lets the namespace go when it is empty", () => assert.equal(dos([]), ["finalize"]));
test("says in upstream's words what remains and which finalizers hold it", () => {
  const told = decide({ namespace: dying, left: [{ resource: "pods", count: 2, finalizers: ["x/y", "x/y"] }] }, 0).find(
    (action) => action.do === "report",
  );
  assert.equal(
    told?.conditions.map(({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`),
    [
      "NamespaceDeletionDiscoveryFailure False ResourcesDiscovered: All resources successfully discovered",
      "NamespaceDeletionGroupVersionParsingFailure False ParsedGroupVersions: All legacy kube types successfully parsed",
      "NamespaceDeletionContentFailure False ContentDeleted: All content successfully deleted, may be waiting on finalization",
      "NamespaceContentRemaining True SomeResourcesRemain: Some resources are remaining: pods. has 2 resource instances",
      "NamespaceFinalizersRemaining True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: x/y in 2 resource instances",
    ],
  );
});
test("of what waits for the pods nothing is said yet", () => {
  const left = ["configmaps", "deployments.apps", "pods"].map((resource) => ({ resource, count: 1, finalizers: [] }));
  const remaining = (of: readonly Left[]) =>
    decide({ namespace: dying, left: of }, 0).flatMap((action) => (action.do === "report" ? [action.conditions[3]?.message] : []));
  assert.equal(remaining(left), ["Some resources are remaining: pods. has 1 resource instances"]);
  assert.equal(remaining(left.slice(0, 2)), [
    "Some resources are remaining: configmaps. has 1 resource instances, deployments.apps has 1 resource instances",
  ]);
});
test("conditions of others stay", () => {
  const other = { type: "Mine", status: "True" };
  const [, told] = decide(
    { namespace: { ...dying, status: { conditions: [other] } }, left: [{ resource: "pods", count: 1, finalizers: [] }] },
    0,
  );
  assert.equal(told?.do === "report" && told.conditions[0], other);
});
test("a namespace that somebody else holds is told to be empty before it is let go", () => {
  const held = { ...dying, spec: { finalizers: ["kubernetes", "example.com/hold"] } };
  const [told] = decide({ namespace: held, left: [] }, 0);
  const conditions = told?.do === "report" ? told.conditions : [];
  assert.equal([conditions.length, conditions.every(({ status }) => status === "False")], [5, true]);
  const empty = { ...held, status: { phase: "Terminating", conditions } };
  assert.equal(
    decide({ namespace: empty, left: [] }, 0).map((action) => action.do),
    ["finalize"],
  );
  assert.equal(decide({ namespace: { ...empty, spec: { finalizers: ["example.com/hold"] } }, left: [] }, 0), []);
});

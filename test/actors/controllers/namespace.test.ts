import * as assert from "uvu/assert";
import { decide, type Left } from "#actors/controllers/namespace/io.ts";
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
test("names the finalizers that hold it", () => {
  const [, report] = decide({ namespace: dying, left: [{ resource: "configmaps", count: 1, finalizers: ["x/y"] }] }, 0);
  assert.match(report?.do === "report" ? (report.conditions[1]?.message ?? "") : "", "x/y in 1 resource instances");
});

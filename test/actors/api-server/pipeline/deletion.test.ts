import * as assert from "uvu/assert";
import type { V1DeleteOptions } from "#api/generated/types.ts";
import type { Kind } from "#api/kind.ts";
import type { Draft, KubeObject, ObjectMeta } from "#api/meta/object.ts";
import { configMaps } from "#api/core/v1/config-map.ts";
import { deleteOptionErrors, deletionOf, type Deletion } from "#actors/api-server/pipeline/deletion.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/pipeline/deletion");
const NOW = Date.UTC(2026, 0, 1);
const plain = configMaps as unknown as Kind;
const graceful = (period: number | undefined): Kind => ({ ...plain, strategy: { generation: true, gracePeriodSeconds: () => period } });
const orphaning: Kind = { ...plain, strategy: { generation: true, orphansDependents: true } };

const decide = (kind: Kind, meta: ObjectMeta, options: V1DeleteOptions = {}): Deletion =>
  deletionOf(kind, { metadata: { name: "web", ...meta } } as Draft<KubeObject>, options, NOW);

/** What is done, and what the object then says of its end. */
const outcome = (deletion: Deletion): unknown => {
  if (deletion.do === "keep") return "keep";
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers, generation } = deletion.object?.metadata ?? {};
  return [deletion.do, deletionTimestamp?.slice(11, 19), deletionGracePeriodSeconds, finalizers, generation];
};

test("an object without grace or finalizers goes as it is", () => {
  assert.equal(decide(plain, {}), { do: "remove", object: undefined });
});

test("finalizers hold it, and its generation moves on once", () => {
  const held = decide(plain, { finalizers: ["a"], generation: 3 });
  assert.equal(outcome(held), ["mark", "00:00:00", 0, ["a"], 4]);
  const deleted = { finalizers: ["a"], generation: 4, deletionTimestamp: "2026-01-01T00:00:00Z", deletionGracePeriodSeconds: 0 };
  assert.equal(outcome(decide(plain, deleted)), ["mark", "00:00:00", 0, ["a"], 4]);
  const later = { ...deleted, deletionTimestamp: "2026-01-01T01:00:00Z" };
  assert.equal(outcome(decide(plain, later)), ["mark", "00:00:00", 0, ["a"], 4]);
});

test("the period is the client's, or the object's, and never negative", () => {
  assert.equal(outcome(decide(graceful(30), { generation: 1 })), ["mark", "00:00:30", 30, undefined, 2]);
  assert.equal(outcome(decide(graceful(30), {}, { gracePeriodSeconds: 5 })), ["mark", "00:00:05", 5, undefined, undefined]);
  assert.equal(outcome(decide(graceful(30), {}, { gracePeriodSeconds: -5 })), ["mark", "00:00:01", 1, undefined, undefined]);
  assert.equal(outcome(decide(graceful(30), {}, { gracePeriodSeconds: 0 })), ["remove", "00:00:00", 0, undefined, undefined]);
  assert.equal(outcome(decide(graceful(undefined), {}, { gracePeriodSeconds: 60 })), ["remove", "00:00:00", 0, undefined, undefined]);
});

test("a deletion under way is only made shorter", () => {
  const meta = { deletionTimestamp: "2026-01-01T00:00:30Z", deletionGracePeriodSeconds: 30 };
  assert.is(outcome(decide(graceful(30), meta)), "keep");
  assert.is(outcome(decide(graceful(30), meta, { gracePeriodSeconds: 30 })), "keep");
  assert.equal(outcome(decide(graceful(30), meta, { gracePeriodSeconds: 10 })), ["mark", "00:00:10", 10, undefined, undefined]);
  assert.equal(outcome(decide(graceful(30), meta, { gracePeriodSeconds: 0 })), ["remove", "00:00:00", 0, undefined, undefined]);
  const over = { ...meta, deletionGracePeriodSeconds: 0 };
  assert.equal(decide(graceful(30), over), { do: "remove", object: undefined });
});

const finalizers = (kind: Kind, present: string[], options: V1DeleteOptions): unknown => {
  const deletion = decide(kind, { finalizers: present }, options);
  return deletion.do === "mark" ? deletion.object.metadata?.finalizers : deletion.do;
};

test("finalizers of garbage collection follow the client, then the object, then the kind", () => {
  assert.equal(finalizers(plain, ["a"], { propagationPolicy: "Foreground" }), ["a", "foregroundDeletion"]);
  assert.equal(finalizers(plain, ["orphan"], { propagationPolicy: "Foreground" }), ["foregroundDeletion"]);
  assert.equal(finalizers(plain, ["orphan"], {}), ["orphan"]);
  assert.equal(finalizers(plain, ["foregroundDeletion"], {}), ["foregroundDeletion"]);
  assert.is(finalizers(plain, ["orphan"], { propagationPolicy: "Background" }), "remove");
  assert.is(finalizers(plain, ["orphan"], { orphanDependents: false }), "remove");
  assert.equal(finalizers(orphaning, [], {}), ["orphan"]);
  assert.is(finalizers(orphaning, [], { propagationPolicy: "Background" }), "remove");
});

const messages = (options: object): readonly string[] =>
  deleteOptionErrors(options as V1DeleteOptions).map(({ field, message }) => `${field}: ${message}`);

test("every wrong option is told", () => {
  assert.equal(messages({ propagationPolicy: "Orphan", dryRun: ["All"] }), []);
  assert.equal(messages({ propagationPolicy: "Later", dryRun: ["Some"] }), [
    'propagationPolicy: Unsupported value: "Later": supported values: "Background", "Foreground", "Orphan", "nil"',
    'dryRun: Unsupported value: ["Some"]: supported values: "All"',
  ]);
  assert.is(messages({ propagationPolicy: "Orphan", orphanDependents: false }).length, 1);
});

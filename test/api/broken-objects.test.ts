import type { Kind } from "#api/kind.ts";
import { kinds } from "#api/resources.ts";
import { anyObjects } from "#test/support/any-object.ts";
import { changed, created, metaProblems, problems, row, type Loose } from "#test/support/kinds.ts";
import { suite } from "#test/support/suite.ts";
import * as fc from "fast-check";
import * as assert from "uvu/assert";

const test = suite("broken objects", 20_000);

const judgeNew = (kind: Kind, object: Loose): void => {
  const now = created(kind, object);
  assert.equal(structuredClone(now), now, "is made of plain values");
  const errors = problems(kind, now);
  metaProblems(kind, now.metadata ?? {});
  kind.strategy.warnings?.(now, undefined);
  kind.strategy.gracePeriodSeconds?.(now);
  kind.fields?.(now);
  if (!errors.some((error) => error.includes("invalid label selector"))) row(kind, now);
  if (kind.storedAs !== undefined) row(kind, kind.storedAs.fromStored(kind.storedAs.toStored(now)));
};

const judgeChange = (kind: Kind, object: Loose, other: Loose): void => {
  const old = created(kind, other);
  for (const subresource of ["", "status", ...Object.keys(kind.subresources)]) {
    const now = changed(kind, object, old, subresource);
    problems(kind, now, old, subresource);
    metaProblems(kind, now.metadata ?? {}, old.metadata ?? {});
    kind.strategy.warnings?.(now, old);
  }
};

const judge = (kind: Kind, seed: number): void => {
  const any = anyObjects(seed);
  judgeNew(kind, any(kind.model));
  judgeChange(kind, any(kind.model), any(kind.model));
};

const defaultsTwice = (kind: Kind, seed: number): void => {
  const once = structuredClone(anyObjects(seed)(kind.model)) as never;
  kind.setDefaults?.(once);
  const twice = structuredClone(once);
  kind.setDefaults?.(twice);
  assert.equal(twice, once);
};

const always = (law: (seed: number) => void): void => fc.assert(fc.property(fc.nat(), law), { numRuns: 100, endOnFailure: true });

for (const kind of kinds) {
  const name = `${kind.kind} of ${kind.group || "core"}`;
  test(`no ${name} is too broken to be judged`, () => always((seed) => judge(kind, seed)));
  test(`defaulting a ${name} twice is defaulting it once`, () => always((seed) => defaultsTwice(kind, seed)));
}

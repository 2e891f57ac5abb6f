// Jobs whose pods have indexes, and limits that only they can have. upstream: pkg/apis/batch/validation/validation.go validateJobSpec
import type { V1JobSpec } from "#api/generated/types.ts";
import { oneOf, type Check } from "#api/meta/check.ts";
import { invalidValue, required } from "#api/meta/field-error.ts";
import type { FieldError } from "#api/meta/status.ts";

const MAX = 100_000;
const MAX_OF_MANY = 10_000;
const MODES = ["Indexed", "NonIndexed"];

const atMost = (path: string, value: number | undefined, max: number, when = ""): readonly FieldError[] =>
  value !== undefined && value > max ? [invalidValue(path, value, `must be less than or equal to ${max}${when}`)] : [];

function* checkMany(path: string, { parallelism, maxFailedIndexes }: Partial<V1JobSpec>): Check {
  const when = " when completions are above 100000 and used with backoff limit per index";
  if (maxFailedIndexes === undefined) yield required(`${path}.maxFailedIndexes`, `must be specified when completions is above ${MAX}`);
  yield* atMost(`${path}.parallelism`, parallelism, MAX_OF_MANY, when);
  yield* atMost(`${path}.maxFailedIndexes`, maxFailedIndexes, MAX_OF_MANY, when);
}

function* checkIndexedCounts(path: string, spec: Partial<V1JobSpec>): Check {
  const { completions, parallelism, maxFailedIndexes } = spec;
  if (completions === undefined) yield required(`${path}.completions`, "when completion mode is Indexed");
  yield* atMost(`${path}.parallelism`, parallelism, MAX, " when completion mode is Indexed");
  if (maxFailedIndexes !== undefined && maxFailedIndexes > (completions ?? maxFailedIndexes)) {
    yield invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, "must be less than or equal to completions");
  }
  yield* atMost(`${path}.maxFailedIndexes`, maxFailedIndexes, MAX);
  if ((completions ?? 0) > MAX && spec.backoffLimitPerIndex !== undefined) yield* checkMany(path, spec);
}

/** The completion mode, and what goes only with the indexed one. */
export function* checkIndexed(path: string, spec: Partial<V1JobSpec>): Check {
  const { completionMode: mode = "NonIndexed", backoffLimitPerIndex: limit, maxFailedIndexes: failed } = spec;
  yield* oneOf(`${path}.completionMode`, mode, MODES);
  if (mode === "Indexed") yield* checkIndexedCounts(path, spec);
  if (mode !== "NonIndexed") return;
  if (limit !== undefined) yield invalidValue(`${path}.backoffLimitPerIndex`, limit, "requires indexed completion mode");
  if (failed !== undefined) yield invalidValue(`${path}.maxFailedIndexes`, failed, "requires indexed completion mode");
}

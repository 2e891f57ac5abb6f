// What may change of a Job. upstream: pkg/apis/batch/validation/validation.go ValidateJobSpecUpdate
import type { V1Job, V1JobSpec, V1PodTemplateSpec } from "#api/generated/types.ts";
import { immutable, type Check } from "#api/meta/check.ts";
import { invalidValue } from "#api/meta/field-error.ts";
import { semanticEqual } from "#api/meta/semantic-equal.ts";

const FIXED = ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"] as const;

/** An indexed job grows and shrinks by completions and parallelism together. */
function* checkCompletions(spec: Partial<V1JobSpec>, old: Partial<V1JobSpec>): Check {
  const { completions, parallelism } = spec;
  const isElastic = completions !== undefined && old.completions !== undefined && spec.completionMode === "Indexed";
  if (!isElastic) yield* immutable("spec.completions", completions, old.completions);
  else if (completions !== old.completions && completions !== parallelism) {
    yield invalidValue("spec.completions", completions, "can only be modified in tandem with spec.parallelism");
  }
}

/** A template without what decides where its pods go: while a job has not begun, that may change. */
const unplaced = ({ metadata, spec, ...rest }: V1PodTemplateSpec): object => {
  const { annotations: _annotations, labels: _labels, ...meta } = metadata ?? {};
  const { nodeSelector: _nodes, affinity, tolerations: _tolerations, schedulingGates: _gates, ...others } = spec ?? { containers: [] };
  const { nodeAffinity: _affinity, ...affinities } = affinity ?? {};
  return { ...rest, metadata: meta, spec: { ...others, affinity: affinities } };
};

const isWaiting = ({ spec, status }: V1Job): boolean => spec?.suspend === true && status?.startTime === undefined;

function* checkTemplate(spec: Partial<V1JobSpec>, old: V1Job): Check {
  const [template = {}, before = {}] = [spec.template, old.spec?.template];
  const isSame = isWaiting(old) ? semanticEqual(unplaced(template), unplaced(before)) : semanticEqual(template, before);
  if (!isSame) yield invalidValue("spec.template", template, "field is immutable");
}

/** The spec of a job against the job as it was. */
export function* checkJobUpdate(spec: Partial<V1JobSpec>, old: V1Job): Check {
  const before = (old.spec ?? {}) as Partial<V1JobSpec>;
  yield* checkCompletions(spec, before);
  yield* immutable("spec.selector", spec.selector, before.selector);
  yield* checkTemplate(spec, old);
  for (const field of FIXED) yield* immutable(`spec.${field}`, spec[field], before[field]);
}

// What the status of a Job must be. upstream: pkg/apis/batch/validation/validation.go (validateJobStatus, ValidateJobUpdateStatus)
import { checkCounts } from "#api/apps/v1/replicas.ts";
import type { V1Job, V1JobSpec, V1JobStatus, V1UncountedTerminatedPods } from "#api/generated/types.ts";
import { each, immutable, isEmpty, type Check } from "#api/meta/check.ts";
import { duplicate, invalidValue, required } from "#api/meta/field-error.ts";
import { countIndexes } from "./indexes.ts";

const COUNTS = ["active", "succeeded", "failed", "ready", "terminating"];

const isTrue = ({ conditions = [] }: V1JobStatus, type: string): boolean =>
  conditions.some((condition) => condition.type === type && condition.status === "True");

const hasEnded = (status: V1JobStatus): boolean => isTrue(status, "Complete") || isTrue(status, "Failed");

function* checkUncounted({ succeeded, failed }: V1UncountedTerminatedPods): Check {
  const seen = new Set<string>();
  for (const [list, name] of [
    [succeeded, "succeeded"],
    [failed, "failed"],
  ] as const) {
    for (const [uid, at] of each(`status.uncountedTerminatedPods.${name}`, list)) {
      if (isEmpty(uid)) yield invalidValue(at, uid, "must not be empty");
      else if (seen.has(uid)) yield duplicate(at, uid);
      seen.add(uid);
    }
  }
}

function* checkIdle({ active = 0, ready = 0 }: V1JobStatus): Check {
  if (active > 0) yield invalidValue("status.active", active, "active>0 is invalid for finished job");
  if (ready > 0) yield invalidValue("status.ready", ready, "ready>0 is invalid for finished job");
}

function* checkCompletion(status: V1JobStatus): Check {
  const { startTime, completionTime } = status;
  const isComplete = isTrue(status, "Complete");
  if (completionTime === undefined) {
    if (isComplete) yield required("status.completionTime", "completionTime is required for Complete jobs");
    return;
  }
  if (!isComplete) {
    yield invalidValue("status.completionTime", completionTime, "cannot set completionTime when there is no Complete=True condition");
  }
  if (startTime !== undefined && Date.parse(completionTime) < Date.parse(startTime)) {
    yield invalidValue("status.completionTime", completionTime, "completionTime cannot be set before startTime");
  }
}

function* checkEnd(status: V1JobStatus): Check {
  if (isTrue(status, "Complete") && isTrue(status, "Failed"))
    yield invalidValue("status.conditions", status.conditions, "cannot set Complete=True and Failed=true conditions");
  yield* checkCompletion(status);
  if (hasEnded(status)) yield* checkIdle(status);
}

function* checkIndexes(status: V1JobStatus, spec: Partial<V1JobSpec>): Check {
  for (const field of ["completedIndexes", "failedIndexes"] as const) {
    const text = status[field];
    if (isEmpty(text)) continue;
    if (spec.completionMode !== "Indexed")
      yield invalidValue(`status.${field}`, text, `cannot set non-empty ${field} when non-indexed completion mode`);
    else {
      const count = countIndexes(text, spec.completions ?? 0);
      if (typeof count === "string") yield invalidValue(`status.${field}`, text, `error parsing ${field}: ${count}`);
    }
  }
}

function* checkUpdate(status: V1JobStatus, old: V1JobStatus): Check {
  for (const type of ["Complete", "Failed"]) {
    if (isTrue(old, type) && !isTrue(status, type))
      yield invalidValue("status.conditions", status.conditions, `cannot disable the terminal ${type}=True condition`);
  }
  if (old.completionTime !== undefined) yield* immutable("status.completionTime", status.completionTime, old.completionTime);
  for (const count of ["succeeded", "failed"] as const) {
    const [now = 0, before = 0] = [status[count], old[count]];
    if (now < before) yield invalidValue(`status.${count}`, now, `cannot decrease the ${count} counter`);
  }
}

/** The status of a job. */
export function* checkJobStatus({ spec, status = {} }: V1Job, old: V1Job | undefined): Check {
  yield* checkCounts(status, COUNTS);
  yield* checkUncounted(status.uncountedTerminatedPods ?? {});
  yield* checkIndexes(status, spec ?? {});
  yield* checkEnd(status);
  yield* checkUpdate(status, old?.status ?? {});
}

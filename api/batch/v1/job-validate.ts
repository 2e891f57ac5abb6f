// What a Job must be. upstream: pkg/apis/batch/validation/validation.go@v1.36
import { checkPodTemplate } from "#api/core/v1/pod-template.ts";
import type { V1Job, V1JobSpec, V1LabelSelector, V1ObjectMeta } from "#api/generated/types.ts";
import { neededAs, nonNegative, oneOf, type Check } from "#api/meta/check.ts";
import { invalidValue, NO_MAP, notSupported, required, tooLong } from "#api/meta/field-error.ts";
import { dns1123Label, domainPrefixedPath } from "#api/meta/names.ts";
import { matches, selectorOf } from "#api/meta/selector.ts";
import { utf8Bytes } from "#api/meta/size.ts";
import type { FieldError } from "#api/meta/status.ts";
import { checkLabelSelector } from "#api/meta/validate-selector.ts";
import { CONTROLLER_UID_LABEL, JOB_NAME_LABEL, LEGACY_CONTROLLER_UID_LABEL, LEGACY_JOB_NAME_LABEL } from "./job-labels.ts";
import { checkIndexed } from "./job-indexed-validate.ts";
import { checkFailurePolicy, checkSuccessPolicy } from "./job-policy-validate.ts";
import { checkJobUpdate } from "./job-update.ts";

const MAX_MANAGER_BYTES = 63;
const COUNTS = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
] as const;

function* checkManager(path: string, manager: string | undefined): Check {
  if (manager === undefined) return;
  yield* neededAs(path, manager, domainPrefixedPath);
  if (utf8Bytes(manager) > MAX_MANAGER_BYTES) yield tooLong(path, MAX_MANAGER_BYTES);
}

/** Pods of a job end: they may not be started again for ever. */
const restartErrors = (path: string, spec: Partial<V1JobSpec>): readonly FieldError[] => {
  const policy = spec.template?.spec?.restartPolicy ?? "";
  const at = `${path}.template.spec.restartPolicy`;
  if (policy === "" || policy === "Always") return [required(at, 'valid values: "OnFailure", "Never"')];
  if (policy !== "OnFailure" && policy !== "Never") return [notSupported(at, policy, ["OnFailure", "Never"])];
  if (spec.podFailurePolicy === undefined || policy === "Never") return [];
  return [invalidValue(at, policy, 'only "Never" is supported when podFailurePolicy is specified')];
};

/** With a policy on failures a pod is replaced once it has failed. */
const replacementErrors = (path: string, { podReplacementPolicy, podFailurePolicy }: Partial<V1JobSpec>): readonly FieldError[] =>
  oneOf(
    `${path}.podReplacementPolicy`,
    podReplacementPolicy,
    podFailurePolicy === undefined ? ["Failed", "TerminatingOrFailed"] : ["Failed"],
  );

/** The spec of a job, without its selector: in a CronJob too. upstream: validateJobSpec */
export function* checkJobSpec(path: string, spec: Partial<V1JobSpec>): Check {
  for (const count of COUNTS) yield* nonNegative(`${path}.${count}`, spec[count]);
  yield* nonNegative(`${path}.maxFailedIndexes`, spec.maxFailedIndexes);
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    yield required(`${path}.backoffLimitPerIndex`, "when maxFailedIndexes is specified");
  }
  yield* checkManager(`${path}.managedBy`, spec.managedBy);
  yield* checkIndexed(path, spec);
  yield* checkFailurePolicy(`${path}.podFailurePolicy`, spec);
  yield* checkSuccessPolicy(`${path}.successPolicy`, spec);
  yield* replacementErrors(path, spec);
  yield* checkPodTemplate(`${path}.template`, spec.template ?? {});
  yield* restartErrors(path, spec);
}

const labelErrors = (meta: V1ObjectMeta | undefined, key: string, value: string): readonly FieldError[] => {
  const at = `spec.template.metadata.labels[${key}]`;
  const found = meta?.labels?.[key];
  if (found === undefined) return [required(at, `must be '${value}'`)];
  return found === value ? [] : [invalidValue(at, meta?.labels, `must be '${value}'`)];
};

/** Labels and selector are as the server makes them. upstream: ValidateGeneratedSelector */
function* checkGenerated({ metadata, spec }: V1Job, selector: V1LabelSelector): Check {
  const { name = "", uid = "" } = metadata ?? {};
  if (uid === "") yield required("metadata.uid");
  const own = {
    [LEGACY_CONTROLLER_UID_LABEL]: uid,
    [LEGACY_JOB_NAME_LABEL]: name,
    [CONTROLLER_UID_LABEL]: uid,
    [JOB_NAME_LABEL]: name,
  };
  for (const [key, value] of Object.entries(own)) yield* labelErrors(spec?.template?.metadata, key, value);
  const isBroken = [...checkLabelSelector("", selector)].length > 0; // said where the selector itself is judged
  if (!isBroken && !matches(selectorOf(selector), own)) yield invalidValue("spec.selector", selector, "`selector` not auto-generated");
}

function* checkSelector({ selector, template }: Partial<V1JobSpec>): Check {
  if (selector === undefined) yield required("spec.selector");
  const errors = [...checkLabelSelector("spec.selector", selector)];
  yield* errors;
  const labels = template?.metadata?.labels;
  if (errors.length === 0 && !matches(selectorOf(selector), labels)) {
    yield invalidValue("spec.template.metadata.labels", labels ?? NO_MAP, "`selector` does not match template `labels`");
  }
}

/** The pods of an indexed job have host names made of its name and their index. */
function* checkHostnames({ metadata, spec }: V1Job): Check {
  const { completionMode, completions = 0 } = (spec ?? {}) as Partial<V1JobSpec>;
  if (completionMode !== "Indexed" || completions < 1) return;
  const name = metadata?.name ?? "";
  const longest = `${name}-${completions - 1}`;
  if (dns1123Label(longest).length > 0) {
    yield invalidValue("metadata.name", name, `will not able to create pod with invalid DNS label: ${longest}`);
  }
}

/** A new Job, or a changed one. */
export function* checkJob(job: V1Job, old: V1Job | undefined): Check {
  const spec = (job.spec ?? {}) as Partial<V1JobSpec>;
  if (old === undefined && spec.manualSelector !== true && spec.selector !== undefined) yield* checkGenerated(job, spec.selector);
  yield* checkJobSpec("spec", spec);
  yield* checkSelector(spec);
  if (old === undefined) yield* checkHostnames(job);
  else yield* checkJobUpdate(spec, old);
}

// When a Job has failed or succeeded: policies on its pods' failures, and on which of its indexes count.
// upstream: pkg/apis/batch/validation/validation.go (validatePodFailurePolicy, validateSuccessPolicy)
import type {
  V1JobSpec,
  V1PodFailurePolicyOnExitCodesRequirement,
  V1PodFailurePolicyOnPodConditionsPattern,
  V1PodFailurePolicyRule,
  V1SuccessPolicyRule,
} from "#api/generated/types.ts";
import { broken, each, isEmpty, nonNegative, oneOf, type Check } from "#api/meta/check.ts";
import { duplicate, invalidAt, invalidValue, quoted, required, tooLong, tooMany } from "#api/meta/field-error.ts";
import { qualifiedName } from "#api/meta/names.ts";
import { utf8Bytes } from "#api/meta/size.ts";
import type { FieldError } from "#api/meta/status.ts";
import { countIndexes } from "./indexes.ts";

const MAX_RULES = 20;
const MAX_PATTERNS = 20;
const MAX_EXIT_CODES = 255;
const MAX_INDEXES_BYTES = 64 * 1024;
const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];
const OPERATORS = ["In", "NotIn"];
const STATUSES = ["False", "True", "Unknown"];

/** The value is there, or upstream lists what it may be. */
const chosen = (path: string, value: string | undefined, values: readonly string[]): readonly FieldError[] =>
  isEmpty(value) ? [required(path, `valid values: [${values.map(quoted).join(" ")}]`)] : oneOf(path, value, values);

function* checkCodes(path: string, operator: string, values: readonly number[]): Check {
  if (values.length === 0) yield invalidValue(path, values, "at least one value is required");
  if (values.length > MAX_EXIT_CODES) yield tooMany(path, values.length, MAX_EXIT_CODES);
  for (const [code, at, index] of each(path, values)) {
    if (operator === "In" && code === 0) yield invalidValue(at, code, "must not be 0 for the In operator");
    if (values.indexOf(code) < index) yield duplicate(at, code);
  }
  if (values.some((code, index) => index > 0 && (values[index - 1] ?? code) > code)) yield invalidValue(path, values, "must be ordered");
}

function* checkExitCodes(path: string, rule: V1PodFailurePolicyOnExitCodesRequirement, names: readonly string[]): Check {
  yield* chosen(`${path}.operator`, rule.operator, OPERATORS);
  if (rule.containerName !== undefined && !names.includes(rule.containerName)) {
    const detail = "must be one of the container or initContainer names in the pod template";
    yield invalidValue(`${path}.containerName`, rule.containerName, detail);
  }
  yield* checkCodes(`${path}.values`, rule.operator ?? "", rule.values ?? []);
}

function* checkPatterns(path: string, patterns: readonly V1PodFailurePolicyOnPodConditionsPattern[]): Check {
  if (patterns.length > MAX_PATTERNS) yield tooMany(path, patterns.length, MAX_PATTERNS);
  for (const [{ type = "", status }, at] of each(path, patterns)) {
    yield* broken(`${at}.type`, type, qualifiedName(type));
    yield* chosen(`${at}.status`, status, STATUSES);
  }
}

const namesOf = ({ template }: Partial<V1JobSpec>): readonly string[] =>
  [...(template?.spec?.containers ?? []), ...(template?.spec?.initContainers ?? [])].map(({ name }) => name);

function* checkFailureRule(path: string, rule: V1PodFailurePolicyRule, spec: Partial<V1JobSpec>): Check {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  yield* chosen(`${path}.action`, action, ACTIONS);
  if (action === "FailIndex" && spec.backoffLimitPerIndex === undefined) {
    yield invalidValue(`${path}.action`, action, "requires the backoffLimitPerIndex to be set");
  }
  if (onExitCodes !== undefined) yield* checkExitCodes(`${path}.onExitCodes`, onExitCodes, namesOf(spec));
  yield* checkPatterns(`${path}.onPodConditions`, onPodConditions);
  const given = Number(onExitCodes !== undefined) + Number(onPodConditions.length > 0);
  if (given > 1) yield invalidAt(path, "specifying both OnExitCodes and OnPodConditions is not supported");
  if (given < 1) yield invalidAt(path, "specifying one of OnExitCodes and OnPodConditions is required");
}

/** What a failed pod means for its job. */
export function* checkFailurePolicy(path: string, spec: Partial<V1JobSpec>): Check {
  const rules = spec.podFailurePolicy?.rules ?? [];
  if (rules.length > MAX_RULES) yield tooMany(`${path}.rules`, rules.length, MAX_RULES);
  for (const [rule, at] of each(`${path}.rules`, rules)) yield* checkFailureRule(at, rule, spec);
}

function* checkSucceeded(path: string, { succeededCount, succeededIndexes }: V1SuccessPolicyRule, completions: number): Check {
  let total: number | string = completions;
  if (succeededIndexes !== undefined) {
    if (utf8Bytes(succeededIndexes) > MAX_INDEXES_BYTES) yield tooLong(`${path}.succeededIndexes`, MAX_INDEXES_BYTES);
    total = countIndexes(succeededIndexes, completions);
    if (typeof total === "string") {
      yield invalidValue(`${path}.succeededIndexes`, succeededIndexes, `error parsing succeededIndexes: ${total}`);
    }
  }
  if (succeededCount === undefined) return;
  yield* nonNegative(`${path}.succeededCount`, succeededCount);
  if (succeededCount > completions) {
    const detail = `must be less than or equal to ${completions} (the number of specified completions)`;
    yield invalidValue(`${path}.succeededCount`, succeededCount, detail);
  } else if (typeof total === "number" && succeededCount > total) {
    const detail = `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`;
    yield invalidValue(`${path}.succeededCount`, succeededCount, detail);
  }
}

/** Which pods are enough for an indexed job to have succeeded. */
export function* checkSuccessPolicy(path: string, { successPolicy, completionMode, completions = 0 }: Partial<V1JobSpec>): Check {
  if (successPolicy === undefined) return;
  if (completionMode !== "Indexed") return yield invalidValue(path, successPolicy, "requires indexed completion mode");
  const rules = successPolicy.rules ?? [];
  if (rules.length === 0) yield required(`${path}.rules`, "at least one rules must be specified when the successPolicy is specified");
  if (rules.length > MAX_RULES) yield tooMany(`${path}.rules`, rules.length, MAX_RULES);
  for (const [rule, at] of each(`${path}.rules`, rules)) {
    if (rule.succeededCount === undefined && rule.succeededIndexes === undefined) {
      yield required(at, "at least one of succeededCount or succeededIndexes must be specified");
    }
    yield* checkSucceeded(at, rule, completions);
  }
}

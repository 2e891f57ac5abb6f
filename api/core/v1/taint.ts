// Taints of nodes and the tolerations of pods. upstream: component-helpers/scheduling/corev1/helpers.go, api/core/v1/toleration.go
import type { V1Taint, V1Toleration } from "#api/generated/types.ts";
import { broken, each, isEmpty, neededOneOf, oneOf, type Check } from "#api/meta/check.ts";
import { invalidValue } from "#api/meta/field-error.ts";
import { labelValue } from "#api/meta/names.ts";
import { labelNameErrors } from "#api/meta/validate-meta.ts";

export type Taint = V1Taint;
export type Toleration = V1Toleration;

const EFFECTS: readonly string[] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
const OPERATORS: readonly string[] = ["Equal", "Exists"];

/** Whether this toleration tolerates this taint: same effect, same key, and same value or any. */
export const tolerates = ({ effect, key, operator, value = "" }: Toleration, taint: Taint): boolean => {
  if (!isEmpty(effect) && effect !== taint.effect) return false;
  if (!isEmpty(key) && key !== taint.key) return false;
  return operator === "Exists" || ((isEmpty(operator) || operator === "Equal") && value === (taint.value ?? ""));
};

/** The first taint with one of these effects that no toleration tolerates. upstream: FindMatchingUntoleratedTaint */
export const untolerated = (
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  effects: readonly string[],
): Taint | undefined =>
  taints?.find((taint) => effects.includes(taint.effect) && tolerations?.some((toleration) => tolerates(toleration, taint)) !== true);

/** `{key: value}`, as the scheduler's messages write a taint. */
export const taintText = ({ key, value }: Taint): string => `{${key}: ${value ?? ""}}`;

function* checkTolerationValue(path: string, { operator, value = "" }: Toleration): Check {
  if (isEmpty(operator) || operator === "Equal") {
    const reasons = labelValue(value);
    if (reasons.length > 0) yield invalidValue(path, value, reasons.join(";"));
  } else if (operator === "Exists") {
    if (value !== "") yield invalidValue(path, value, "value must be empty when `operator` is 'Exists'");
  } else yield* oneOf(path, operator, OPERATORS);
}

function* checkToleration(path: string, toleration: Toleration): Check {
  const { key, operator, effect, tolerationSeconds } = toleration;
  if (!isEmpty(key)) yield* labelNameErrors(`${path}.key`, key);
  else if (operator !== "Exists") {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    yield invalidValue(`${path}.operator`, operator ?? "", detail);
  }
  if (tolerationSeconds !== undefined && effect !== "NoExecute") {
    yield invalidValue(`${path}.effect`, effect ?? "", "effect must be 'NoExecute' when `tolerationSeconds` is set");
  }
  yield* checkTolerationValue(`${path}.operator`, toleration);
  if (!isEmpty(effect)) yield* oneOf(`${path}.effect`, effect, EFFECTS);
}

/** Keys, operators, values and effects of tolerations. */
export function* checkTolerations(path: string, tolerations: readonly Toleration[] | undefined): Check {
  for (const [toleration, at] of each(path, tolerations)) yield* checkToleration(at, toleration);
}

/** Keys, values and effects of taints; key and effect together are unique. upstream: validateNodeTaints */
export function* checkTaints(path: string, taints: readonly Taint[] | undefined): Check {
  const seen = new Set<string>();
  for (const [taint, at] of each(path, taints)) {
    yield* labelNameErrors(`${at}.key`, taint.key ?? "");
    yield* broken(`${at}.value`, taint.value ?? "", labelValue(taint.value ?? "").slice(0, 1));
    yield* neededOneOf(`${at}.effect`, taint.effect, EFFECTS);
    const pair = `${taint.effect} ${taint.key}`;
    if (seen.has(pair)) {
      const message = `Duplicate value: ${JSON.stringify(taint)}: taints must be unique by key and effect pair`;
      yield { reason: "FieldValueDuplicate", field: at, message };
    }
    seen.add(pair);
  }
}

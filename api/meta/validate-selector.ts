// What a label selector in an object's field must be. upstream: apimachinery/pkg/apis/meta/v1/validation/validation.go
import type { V1LabelSelector, V1LabelSelectorRequirement } from "#api/generated/types.ts";
import { broken, each, type Check } from "./check.ts";
import { forbiddenField, invalidValue, required } from "./field-error.ts";
import { labelValue } from "./names.ts";
import { checkLabels, labelNameErrors } from "./validate-meta.ts";

/** Operators that take values, and those that take none: the same in selectors of labels and of nodes. */
export function* checkOperatorValues(path: string, operator: string, values: readonly string[] | undefined): Check {
  const count = values?.length ?? 0;
  if (operator === "In" || operator === "NotIn") {
    if (count === 0) yield required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (count > 0) yield forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  } else yield invalidValue(`${path}.operator`, operator, "not a valid selector operator");
}

/** Each value is one that a label can have. */
export function* checkLabelValues(path: string, values: readonly string[] | undefined): Check {
  for (const [value, at] of each(path, values)) yield* broken(at, value, labelValue(value));
}

function* checkRequirement(path: string, { key, operator, values }: V1LabelSelectorRequirement): Check {
  yield* checkOperatorValues(path, operator, values);
  yield* labelNameErrors(`${path}.key`, key);
  yield* checkLabelValues(`${path}.values`, values);
}

/** Keys, operators and values of a selector, if there is one. */
export function* checkLabelSelector(path: string, selector: V1LabelSelector | undefined): Check {
  if (selector === undefined) return;
  yield* checkLabels(`${path}.matchLabels`, selector.matchLabels);
  for (const [expression, at] of each(`${path}.matchExpressions`, selector.matchExpressions)) yield* checkRequirement(at, expression);
}

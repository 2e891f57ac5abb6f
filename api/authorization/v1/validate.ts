// What reviews of access must ask. upstream: pkg/apis/authorization/validation/validation.go
import type {
  V1FieldSelectorAttributes,
  V1LabelSelectorAttributes,
  V1SelfSubjectAccessReviewSpec,
  V1SubjectAccessReviewSpec,
} from "#api/generated/types.ts";
import { each, isEmpty, needed, type Check } from "#api/meta/check.ts";
import { invalidValue, required } from "#api/meta/field-error.ts";
import { labelNameErrors } from "#api/meta/validate-meta.ts";
import { checkLabelValues, checkOperatorValues } from "#api/meta/validate-selector.ts";

type Selector = V1FieldSelectorAttributes & V1LabelSelectorAttributes;

/** A selector is text or requirements, not both. Operators that nobody knows are for the authorizer to judge. */
function* checkSelector(path: string, { rawSelector: raw, requirements = [] }: Selector): Check {
  if (!isEmpty(raw) && requirements.length > 0) {
    yield invalidValue(`${path}.rawSelector`, raw, "may not specified at the same time as requirements");
  } else if (isEmpty(raw) && requirements.length === 0) {
    yield required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`);
  }
  for (const [{ operator, values }, at] of each(`${path}.requirements`, requirements)) {
    if (OPERATORS.has(operator)) yield* checkOperatorValues(at, operator, values);
  }
}

const OPERATORS: ReadonlySet<string> = new Set(["In", "NotIn", "Exists", "DoesNotExist"]);

function* checkLabels(path: string, selector: V1LabelSelectorAttributes): Check {
  yield* checkSelector(path, selector);
  for (const [{ key, values }, at] of each(`${path}.requirements`, selector.requirements)) {
    yield* labelNameErrors(`${at}.key`, key);
    yield* checkLabelValues(`${at}.values`, values);
  }
}

function* checkFields(path: string, selector: V1FieldSelectorAttributes): Check {
  for (const [{ key }, at] of each(`${path}.requirements`, selector.requirements)) yield* needed(`${at}.key`, key, "must be specified");
  yield* checkSelector(path, selector);
}

/** Either a resource or a URL, and selectors that say something. */
export function* checkAttributes({ resourceAttributes, nonResourceAttributes }: V1SelfSubjectAccessReviewSpec): Check {
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    const detail = "cannot be specified in combination with resourceAttributes";
    yield invalidValue("spec.nonResourceAttributes", nonResourceAttributes, detail);
  } else if (resourceAttributes === undefined && nonResourceAttributes === undefined) {
    const detail = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    yield invalidValue("spec.resourceAttributes", null, detail);
  }
  const { fieldSelector, labelSelector } = resourceAttributes ?? {};
  if (fieldSelector !== undefined) yield* checkFields("spec.resourceAttributes.fieldSelector", fieldSelector);
  if (labelSelector !== undefined) yield* checkLabels("spec.resourceAttributes.labelSelector", labelSelector);
}

/** Attributes, and somebody who would have access. */
export function* checkReview(spec: V1SubjectAccessReviewSpec): Check {
  yield* checkAttributes(spec);
  if (isEmpty(spec.user) && (spec.groups ?? []).length === 0) {
    yield invalidValue("spec.user", spec.user ?? "", "at least one of user or group must be specified");
  }
}

/** A review in a namespace asks about that namespace. */
export function* checkLocalReview(namespace: string | undefined, spec: V1SubjectAccessReviewSpec): Check {
  yield* checkReview(spec);
  const asked = spec.resourceAttributes?.namespace ?? "";
  if (spec.resourceAttributes !== undefined && asked !== (namespace ?? "")) {
    yield invalidValue("spec.resourceAttributes.namespace", asked, "must match metadata.namespace");
  }
  if (spec.nonResourceAttributes !== undefined) {
    yield invalidValue("spec.nonResourceAttributes", spec.nonResourceAttributes, "disallowed on this kind of request");
  }
}

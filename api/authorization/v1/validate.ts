// What reviews of access must ask. upstream: pkg/apis/authorization/validation/validation.go
import type { V1SelfSubjectAccessReviewSpec, V1SubjectAccessReviewSpec } from "#api/generated/types.ts";
import { isEmpty, type Check } from "#api/meta/check.ts";
import { invalidValue } from "#api/meta/field-error.ts";

/** Either a resource or a URL. */
export function* checkAttributes({ resourceAttributes, nonResourceAttributes }: V1SelfSubjectAccessReviewSpec): Check {
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    const detail = "cannot be specified in combination with resourceAttributes";
    yield invalidValue("spec.nonResourceAttributes", nonResourceAttributes, detail);
  } else if (resourceAttributes === undefined && nonResourceAttributes === undefined) {
    const detail = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    yield invalidValue("spec.resourceAttributes", null, detail);
  }
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

// What ReplicaSets, Deployments and ReplicationControllers have in common: a number of pods, made from a template that the
// selector must select. upstream: pkg/apis/apps/validation/validation.go
import type { V1LabelSelector, V1PodTemplateSpec } from "#api/generated/types.ts";
import { checkPodTemplate } from "#api/core/v1/pod-template.ts";
import { nonNegative, type Check } from "#api/meta/check.ts";
import { forbiddenField, invalidValue, NO_MAP, notSupported, required } from "#api/meta/field-error.ts";
import { formatSelector, matches, selectorOf, type Selector } from "#api/meta/selector.ts";
import { checkLabelSelector } from "#api/meta/validate-selector.ts";

type Counts = { readonly [count: string]: unknown };

const isEmptySelector = ({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector): boolean =>
  Object.keys(matchLabels).length + matchExpressions.length === 0;

/** The template's labels are those that the selector selects, and its pods run for ever. */
export function* checkTemplateOf(owner: string, template: V1PodTemplateSpec, selector: Selector): Check {
  const labels = template.metadata?.labels;
  if (!matches(selector, labels)) {
    yield invalidValue("spec.template.metadata.labels", labels ?? NO_MAP, "`selector` does not match template `labels`");
  }
  yield* checkPodTemplate("spec.template", template);
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? { containers: [] };
  if (restartPolicy !== "Always") yield notSupported("spec.template.spec.restartPolicy", restartPolicy ?? "", ["Always"]);
  if (activeDeadlineSeconds !== undefined) {
    yield forbiddenField("spec.template.spec.activeDeadlineSeconds", `activeDeadlineSeconds in ${owner} is not Supported`);
  }
}

type WithTemplate = { readonly selector?: V1LabelSelector | undefined; readonly template?: V1PodTemplateSpec | undefined };

/** Selector and template of a ReplicaSet or Deployment. */
export function* checkSelectorAndTemplate({ selector, template = {} }: WithTemplate): Check {
  if (selector === undefined) yield required("spec.selector");
  const errors = [...checkLabelSelector("spec.selector", selector)];
  yield* errors;
  if (selector !== undefined && isEmptySelector(selector)) {
    yield invalidValue("spec.selector", selector, "empty selector is invalid for deployment");
  }
  if (errors.length > 0) yield invalidValue("spec.selector", selector, "invalid label selector");
  else yield* checkTemplateOf("ReplicaSet", template, selectorOf(selector));
}

/** Selector and template of a DaemonSet or StatefulSet. upstream: ValidateDaemonSetSpec, ValidateStatefulSetSpec */
export function* checkSelectedTemplate(owner: string, { selector, template = {} }: WithTemplate): Check {
  const errors = [...checkLabelSelector("spec.selector", selector)];
  yield* errors;
  if (selector !== undefined && isEmptySelector(selector)) {
    yield invalidValue("spec.selector", selector, `empty selector is invalid for ${owner.toLowerCase()}`);
  }
  if (errors.length === 0) yield* checkTemplateOf(owner, template, selectorOf(selector));
}

/** Counts of a status: none is negative. */
export function* checkCounts(status: Counts, names: readonly string[]): Check {
  for (const name of names) yield* nonNegative(`status.${name}`, status[name] as number | undefined);
}

const countOf = (status: Counts, name: string): number => (status[name] as number | undefined) ?? 0;

/** A count that only grows. */
export function* checkNotDecremented(path: string, count: number | undefined, before: number | undefined): Check {
  if (before !== undefined && (count ?? -1) < before) yield invalidValue(path, count ?? 0, "cannot be decremented");
}

/** Counts of a status: none is more than the pods there are, and none is available that is not ready (`ready` is its name). */
export function* checkParts(status: Counts, parts: readonly string[], ready = "readyReplicas"): Check {
  for (const part of parts) {
    const count = countOf(status, part);
    if (count > countOf(status, "replicas")) yield invalidValue(`status.${part}`, count, "cannot be greater than status.replicas");
  }
  const available = countOf(status, "availableReplicas");
  if (available > countOf(status, "readyReplicas")) {
    yield invalidValue("status.availableReplicas", available, `cannot be greater than ${ready}`);
  }
}

/** The text of a selector in a column. upstream: metav1.FormatLabelSelector */
export const selectorText = (selector: V1LabelSelector | undefined): string => {
  if ([...checkLabelSelector("", selector)].length > 0) return "<error>";
  const text = formatSelector(selectorOf(selector));
  return text === "" ? "<none>" : text;
};

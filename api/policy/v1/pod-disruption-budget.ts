import { intOrPercentErrors, notOverWhole } from "#api/apps/v1/int-or-percent.ts";
import { checkCounts } from "#api/apps/v1/replicas.ts";
import type { V1PodDisruptionBudget, V1PodDisruptionBudgetSpec } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { each, oneOf, type Check } from "#api/meta/check.ts";
import { checkConditions } from "#api/meta/conditions.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { invalidValue } from "#api/meta/field-error.ts";
import { checkLabelSelector } from "#api/meta/validate-selector.ts";

export type PodDisruptionBudget = V1PodDisruptionBudget;

const COUNTS = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"];

/** upstream: pkg/apis/policy/validation/validation.go ValidatePodDisruptionBudgetSpec */
function* checkSpec(spec: V1PodDisruptionBudgetSpec): Check {
  const { minAvailable, maxUnavailable } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    yield invalidValue("spec", spec, "minAvailable and maxUnavailable cannot be both set");
  }
  for (const field of ["minAvailable", "maxUnavailable"] as const) {
    const amount = spec[field];
    if (amount === undefined) continue;
    yield* intOrPercentErrors(`spec.${field}`, amount);
    yield* notOverWhole(`spec.${field}`, amount);
  }
  yield* checkLabelSelector("spec.selector", spec.selector);
  yield* oneOf("spec.unhealthyPodEvictionPolicy", spec.unhealthyPodEvictionPolicy, ["AlwaysAllow", "IfHealthyBudget"]);
}

function* checkStatus({ status }: PodDisruptionBudget): Check {
  yield* checkConditions("status.conditions", status?.conditions);
  yield* checkCounts(status ?? {}, COUNTS);
  for (const [pod] of each(
    "",
    Object.keys(status?.disruptedPods ?? {}).filter((name) => name === ""),
  )) {
    yield invalidValue("status.disruptedPods", pod, "must not be empty");
  }
}

const amountText = (amount: number | string | undefined): string => (amount === undefined ? "N/A" : String(amount));

const MIN_AVAILABLE =
  'An eviction is allowed if at least "minAvailable" pods selected by "selector" will still be available after the eviction, i.e. even in the absence of the evicted pod.  So for example you can prevent all voluntary evictions by specifying "100%".';
const MAX_UNAVAILABLE =
  'An eviction is allowed if at most "maxUnavailable" pods selected by "selector" are unavailable after the eviction, i.e. even in absence of the evicted pod. For example, one can prevent all voluntary evictions by specifying 0. This is a mutually exclusive setting with "minAvailable".';

/** PodDisruptionBudgets: how many pods of a set may be evicted at a time. */
export const podDisruptionBudgets: Kind<PodDisruptionBudget> = {
  group: "policy",
  version: "v1",
  resource: "poddisruptionbudgets",
  kind: "PodDisruptionBudget",
  namespaced: true,
  singular: "poddisruptionbudget",
  listKind: "PodDisruptionBudgetList",
  shortNames: ["pdb"],
  categories: [],
  verbs: storedVerbs,
  model: "V1PodDisruptionBudget",
  bucket: "objects",
  status: true,
  subresources: {},
  columns: [
    nameColumn,
    column("Min Available", "string", MIN_AVAILABLE, ({ spec }) => amountText(spec?.minAvailable)),
    column("Max Unavailable", "string", MAX_UNAVAILABLE, ({ spec }) => amountText(spec?.maxUnavailable)),
    column(
      "Allowed Disruptions",
      "integer",
      docOf("V1PodDisruptionBudgetStatus", "disruptionsAllowed"),
      ({ status }) => status?.disruptionsAllowed ?? 0,
    ),
    ageColumn,
  ],
  validate: (object, _old, subresource) => [...(subresource === "status" ? checkStatus(object) : checkSpec(object.spec ?? {}))],
  strategy: {
    generation: true,
    requiresRevision: true,
    prepareForCreate: (draft) => void (draft.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }),
  },
};

// What an autoscaler must be. upstream: pkg/apis/autoscaling/validation/validation.go
import { checkCounts } from "#api/apps/v1/replicas.ts";
import { readQuantity } from "#api/core/v1/resource-list.ts";
import type { V2HorizontalPodAutoscaler, V2HorizontalPodAutoscalerSpec, V2HPAScalingRules } from "#api/generated/types.ts";
import { each, oneOf, type Check } from "#api/meta/check.ts";
import { invalidValue, required } from "#api/meta/field-error.ts";
import { checkReference } from "./cross-version-reference.ts";
import { checkMetrics } from "./metric-validate.ts";

const MAX_WINDOW_SECONDS = 3600;
const MAX_PERIOD_SECONDS = 1800;

function* checkPolicies(path: string, { policies = [] }: V2HPAScalingRules): Check {
  if (policies.length === 0) yield required(path, "must specify at least one Policy");
  for (const [{ type, value = 0, periodSeconds: seconds = 0 }, at] of each(path, policies)) {
    yield* oneOf(`${at}.type`, type ?? "", ["Percent", "Pods"]);
    if (value <= 0) yield invalidValue(`${at}.value`, value, "must be greater than zero");
    if (seconds <= 0) yield invalidValue(`${at}.periodSeconds`, seconds, "must be greater than zero");
    if (seconds > MAX_PERIOD_SECONDS)
      yield invalidValue(`${at}.periodSeconds`, seconds, `must be less than or equal to ${MAX_PERIOD_SECONDS}`);
  }
}

function* checkRules(path: string, rules: V2HPAScalingRules | undefined): Check {
  if (rules === undefined) return;
  const { stabilizationWindowSeconds: seconds, selectPolicy, tolerance } = rules;
  const at = `${path}.stabilizationWindowSeconds`;
  if (seconds !== undefined && seconds < 0) yield invalidValue(at, seconds, "must be greater than or equal to zero");
  if (seconds !== undefined && seconds > MAX_WINDOW_SECONDS)
    yield invalidValue(at, seconds, `must be less than or equal to ${MAX_WINDOW_SECONDS}`);
  yield* oneOf(`${path}.selectPolicy`, selectPolicy, ["Disabled", "Max", "Min"]);
  yield* checkPolicies(`${path}.policies`, rules);
  if (tolerance !== undefined && (readQuantity(tolerance)?.nano ?? -1n) < 0n) {
    yield invalidValue(`${path}.tolerance`, tolerance, "must be greater than or equal to 0");
  }
}

function* checkBounds({ minReplicas: min, maxReplicas: max = 0 }: Partial<V2HorizontalPodAutoscalerSpec>): Check {
  if (min !== undefined && min < 1) yield invalidValue("spec.minReplicas", min, "must be greater than or equal to 1");
  if (max < 1) yield invalidValue("spec.maxReplicas", max, "must be greater than 0");
  if (min !== undefined && max < min) yield invalidValue("spec.maxReplicas", max, "must be greater than or equal to `minReplicas`");
}

/** An autoscaler; of v1 too, which is stored as this. */
export function* checkAutoscaler({ spec: given }: V2HorizontalPodAutoscaler): Check {
  const spec = (given ?? {}) as Partial<V2HorizontalPodAutoscalerSpec>;
  yield* checkBounds(spec);
  yield* checkReference("spec.scaleTargetRef", spec.scaleTargetRef ?? {});
  yield* checkMetrics("spec.metrics", spec.metrics);
  yield* checkRules("spec.behavior.scaleUp", spec.behavior?.scaleUp);
  yield* checkRules("spec.behavior.scaleDown", spec.behavior?.scaleDown);
}

/** The status of an autoscaler. */
export function* checkAutoscalerStatus({ status }: V2HorizontalPodAutoscaler): Check {
  yield* checkCounts(status ?? {}, ["currentReplicas", "desiredReplicas"]);
}

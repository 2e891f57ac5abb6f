// What a metric of an autoscaler must be. upstream: pkg/apis/autoscaling/validation/validation.go validateMetricSpec
import { readQuantity } from "#api/core/v1/resource-list.ts";
import type { V2MetricIdentifier, V2MetricSpec, V2MetricTarget } from "#api/generated/types.ts";
import { broken, each, isEmpty, needed, oneOf, type Check } from "#api/meta/check.ts";
import { forbiddenField, invalidValue, required } from "#api/meta/field-error.ts";
import { pathSegmentName } from "#api/meta/names.ts";
import type { FieldError } from "#api/meta/status.ts";
import { checkLabelSelector } from "#api/meta/validate-selector.ts";
import { checkReference } from "./cross-version-reference.ts";

type Source = "containerResource" | "external" | "object" | "pods" | "resource";

const SOURCE_OF: { readonly [type: string]: Source } = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
};
const SOURCES = Object.values(SOURCE_OF);
const TARGETS = ["Utilization", "Value", "AverageValue"];

const positive = (path: string, amount: string | undefined): readonly FieldError[] =>
  amount === undefined || (readQuantity(amount)?.nano ?? 0n) > 0n ? [] : [invalidValue(path, amount, "must be positive")];

function* checkTarget(path: string, target: Partial<V2MetricTarget>): Check {
  const { type, averageUtilization } = target;
  if (isEmpty(type)) yield required(`${path}.type`, "must specify a metric target type");
  else if (!TARGETS.includes(type)) yield invalidValue(`${path}.type`, type, "must be either Utilization, Value, or AverageValue");
  yield* positive(`${path}.value`, target.value);
  yield* positive(`${path}.averageValue`, target.averageValue);
  if (averageUtilization !== undefined && averageUtilization < 1) {
    yield invalidValue(`${path}.averageUtilization`, averageUtilization, "must be greater than 0");
  }
}

function* checkIdentifier(path: string, { name, selector }: Partial<V2MetricIdentifier>): Check {
  yield* needed(`${path}.name`, name, "must specify a metric name");
  if (!isEmpty(name)) yield* broken(`${path}.name`, name, pathSegmentName(name));
  yield* checkLabelSelector(`${path}.selector`, selector);
}

function* checkUtilization(path: string, target: Partial<V2MetricTarget>): Check {
  yield* checkTarget(path, target);
  const { averageUtilization, averageValue } = target;
  if (averageUtilization === undefined && averageValue === undefined) {
    yield required(`${path}.averageUtilization`, "must set either a target raw value or a target utilization");
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    yield forbiddenField(`${path}.averageValue`, "may not set both a target raw value and a target utilization");
  }
}

type Values = Partial<V2MetricTarget>;

/** How each source is checked. */
const CHECKS: { readonly [K in Source]: (path: string, source: NonNullable<V2MetricSpec[K]>) => Check } = {
  containerResource: function* (path, { name, container, target }) {
    yield* needed(`${path}.name`, name, "must specify a resource name");
    yield* needed(`${path}.container`, container, "must specify a container");
    yield* checkUtilization(`${path}.target`, target ?? {});
  },
  external: function* (path, { metric, target }) {
    const { value, averageValue } = (target ?? {}) as Values;
    yield* checkIdentifier(`${path}.metric`, metric ?? {});
    yield* checkTarget(`${path}.target`, target ?? {});
    if (value === undefined && averageValue === undefined) {
      yield required(`${path}.target.averageValue`, "must set either a target value for metric or a per-pod target");
    }
    if (value !== undefined && averageValue !== undefined) {
      yield forbiddenField(`${path}.target.value`, "may not set both a target value for metric and a per-pod target");
    }
  },
  object: function* (path, { describedObject, metric, target }) {
    const { value, averageValue } = (target ?? {}) as Values;
    yield* checkReference(`${path}.describedObject`, describedObject ?? {});
    yield* checkIdentifier(`${path}.metric`, metric ?? {});
    yield* checkTarget(`${path}.target`, target ?? {});
    if (value === undefined && averageValue === undefined) {
      yield required(`${path}.target.averageValue`, "must set either a target value for metric or a per-pod target");
    }
  },
  pods: function* (path, { metric, target }) {
    const { averageValue } = (target ?? {}) as Values;
    yield* checkIdentifier(`${path}.metric`, metric ?? {});
    yield* checkTarget(`${path}.target`, target ?? {});
    if (averageValue === undefined || positive("", averageValue).length > 0) {
      yield required(`${path}.target.averageValue`, "must specify a positive target averageValue");
    }
  },
  resource: function* (path, { name, target }) {
    yield* needed(`${path}.name`, name, "must specify a resource name");
    yield* checkUtilization(`${path}.target`, target ?? {});
  },
};

function* checkMetric(path: string, metric: V2MetricSpec): Check {
  const { type } = metric;
  if (isEmpty(type)) yield required(`${path}.type`, "must specify a metric source type");
  else yield* oneOf(`${path}.type`, type, Object.keys(SOURCE_OF));
  const present = SOURCES.filter((source) => metric[source] !== undefined);
  const [first] = present;
  if (first !== undefined) yield* (CHECKS[first] as (path: string, source: unknown) => Check)(`${path}.${first}`, metric[first]);
  const expected = SOURCE_OF[type];
  if (expected !== undefined && metric[expected] === undefined) {
    yield required(`${path}.${expected}`, "must populate information for the given metric source");
  }
  if (present.length === 1) return;
  for (const source of present) {
    if (source !== expected) yield forbiddenField(`${path}.${source}`, "must populate the given metric source only");
  }
}

/** Every metric. */
export function* checkMetrics(path: string, metrics: readonly V2MetricSpec[] | undefined): Check {
  for (const [metric, at] of each(path, metrics)) yield* checkMetric(at, metric);
}

// Metrics of an autoscaler in the shape of version 1, which writes what it has no fields for into annotations.
// upstream: pkg/apis/autoscaling/v1/conversion.go
import type {
  V1LabelSelector,
  V2CrossVersionObjectReference,
  V2MetricSpec,
  V2MetricStatus,
  V2MetricTarget,
  V2MetricValueStatus,
} from "#api/generated/types.ts";

/** A metric as version 1 writes it: of a specification, or, with other names for its amounts, of a status. */
export type OlderMetric = {
  readonly type: string;
  readonly resource?: Amounts & { readonly name: string };
  readonly containerResource?: Amounts & { readonly name: string; readonly container: string };
  readonly pods?: Amounts & { readonly metricName: string; readonly selector?: V1LabelSelector | undefined };
  readonly object?: Amounts & {
    readonly target: V2CrossVersionObjectReference;
    readonly metricName: string;
    readonly selector?: V1LabelSelector | undefined;
  };
  readonly external?: Amounts & { readonly metricName: string; readonly metricSelector?: V1LabelSelector | undefined };
};

type Amounts = { readonly [amount: string]: unknown };
type Values = V2MetricTarget | V2MetricValueStatus;
type Metric<V extends Values> = { readonly target?: V; readonly current?: V };
type Prefix = "target" | "current";

const valuesOf = (metric: Metric<Values> | undefined): Partial<V2MetricTarget> => metric?.target ?? metric?.current ?? {};

const upper = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

/** `averageValue` becomes `targetAverageValue` or `currentAverageValue`. */
const prefixed = (prefix: Prefix, values: Partial<V2MetricTarget>, ...names: readonly (keyof V2MetricTarget)[]): Amounts =>
  Object.fromEntries(names.flatMap((name) => (values[name] === undefined ? [] : [[`${prefix}${upper(name)}`, values[name]]])));

const plain = (prefix: Prefix, amounts: Amounts, ...names: readonly (keyof V2MetricTarget)[]): Partial<V2MetricTarget> =>
  Object.fromEntries(
    names.flatMap((name) => [[name, amounts[`${prefix}${upper(name)}`]] as const]).filter(([, value]) => value !== undefined),
  );

/** A metric in the older shape. */
export const olderMetric = (prefix: Prefix, metric: V2MetricSpec | V2MetricStatus): OlderMetric => {
  const { type, resource, containerResource, pods, object, external } = metric;
  const of = (one: Metric<Values> | undefined, ...names: readonly (keyof V2MetricTarget)[]) => prefixed(prefix, valuesOf(one), ...names);
  return {
    type,
    ...(resource && { resource: { name: resource.name, ...of(resource, "averageUtilization", "averageValue") } }),
    ...(containerResource && {
      containerResource: {
        name: containerResource.name,
        container: containerResource.container,
        ...of(containerResource, "averageUtilization", "averageValue"),
      },
    }),
    ...(pods && { pods: { metricName: pods.metric.name, selector: pods.metric.selector, ...of(pods, "averageValue") } }),
    ...(object && { object: olderObject(prefix, object) }),
    ...(external && {
      external: { metricName: external.metric.name, metricSelector: external.metric.selector, ...of(external, "value", "averageValue") },
    }),
  };
};

type ObjectMetric = NonNullable<V2MetricSpec["object"]> | NonNullable<V2MetricStatus["object"]>;

/** Of an object the average has no prefix. */
const olderObject = (prefix: Prefix, object: ObjectMetric): NonNullable<OlderMetric["object"]> => {
  const { averageValue, ...values } = valuesOf(object);
  return {
    target: object.describedObject,
    metricName: object.metric.name,
    selector: object.metric.selector,
    ...prefixed(prefix, values, "value"),
    ...(averageValue === undefined ? {} : { averageValue }),
  };
};

/** What kind of target the amounts are. */
const typed = (values: Partial<V2MetricTarget>): V2MetricTarget => {
  const type = values.averageUtilization !== undefined ? "Utilization" : values.averageValue === undefined ? "Value" : "AverageValue";
  return { type, ...values };
};

type Sources<V> = { readonly [source: string]: V | undefined };

const sourcesOf = (prefix: Prefix, metric: OlderMetric): Sources<{ readonly rest: object; readonly values: Partial<V2MetricTarget> }> => {
  const { resource, containerResource, pods, object, external } = metric;
  const named = (metricName: string, selector: V1LabelSelector | undefined) => ({
    metric: { name: metricName, ...(selector && { selector }) },
  });
  const of = (amounts: Amounts): Partial<V2MetricTarget> => plain(prefix, amounts, "averageUtilization", "averageValue", "value");
  return {
    resource: resource && { rest: { name: resource.name }, values: of(resource) },
    containerResource: containerResource && {
      rest: { name: containerResource.name, container: containerResource.container },
      values: of(containerResource),
    },
    pods: pods && { rest: named(pods.metricName, pods.selector), values: of(pods) },
    object: object && {
      rest: { describedObject: object.target, ...named(object.metricName, object.selector) },
      values: { ...of(object), ...(object["averageValue"] === undefined ? {} : { averageValue: object["averageValue"] as string }) },
    },
    external: external && { rest: named(external.metricName, external.metricSelector), values: of(external) },
  };
};

/** The metric that the older shape writes. */
export const newerMetric = (prefix: Prefix, metric: OlderMetric): V2MetricSpec & V2MetricStatus => {
  const sources = Object.entries(sourcesOf(prefix, metric)).flatMap(([name, source]) =>
    source === undefined ? [] : [[name, { ...source.rest, [prefix]: prefix === "target" ? typed(source.values) : source.values }] as const],
  );
  return { type: metric.type, ...Object.fromEntries(sources) };
};

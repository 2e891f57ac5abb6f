// Version 1 of an autoscaler knows the use of processors alone; everything else stands in annotations, so that nothing is
// lost between the versions. upstream: pkg/apis/autoscaling/v1/conversion.go, annotations.go
import { defaultAutoscaler } from "#api/autoscaling/v2/horizontal-pod-autoscaler.ts";
import type {
  V1HorizontalPodAutoscaler,
  V1HorizontalPodAutoscalerStatus,
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerSpec,
  V2HorizontalPodAutoscalerStatus,
  V2MetricSpec,
  V2MetricStatus,
} from "#api/generated/types.ts";
import type { Draft, ObjectMeta } from "#api/meta/object.ts";
import { decodeModel, DecodeError } from "#api/schema/compile.ts";
import { newerMetric, olderMetric, type OlderMetric } from "./older-metrics.ts";

const METRICS = "autoscaling.alpha.kubernetes.io/metrics";
const CURRENT_METRICS = "autoscaling.alpha.kubernetes.io/current-metrics";
const CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions";
const BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior";
const OWN: readonly string[] = [METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR];

type Annotations = { readonly [name: string]: string };

const isCpu = ({ type, resource }: V2MetricSpec): boolean =>
  type === "Resource" && resource?.name === "cpu" && resource.target?.averageUtilization !== undefined;

const cpuMetric = (averageUtilization: number): V2MetricSpec => ({
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
});

const parsed = (annotations: Annotations | undefined, name: string): unknown => {
  const text = annotations?.[name];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

/** The fields, if they are those of the model; what a client wrote into an annotation may be anything. */
const fitting = <T extends object>(model: string, fields: { readonly [K in keyof T]?: unknown }): Partial<T> => {
  try {
    return decodeModel(model, fields).object as Partial<T>;
  } catch (error) {
    if (error instanceof DecodeError) return {};
    throw error;
  }
};

const olderMetrics = (annotations: Annotations | undefined, name: string): readonly OlderMetric[] | undefined => {
  const list = parsed(annotations, name);
  return Array.isArray(list) ? list.filter((item) => typeof item === "object" && item !== null) : undefined;
};

const renamed = (value: unknown, rename: (key: string) => string): unknown => {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [rename(key), renamed(item, rename)]));
};

const capital = (key: string): string => key.slice(0, 1).toUpperCase() + key.slice(1);
const small = (key: string): string => key.slice(0, 1).toLowerCase() + key.slice(1);

const withoutOwn = (metadata: ObjectMeta | undefined): ObjectMeta | undefined => {
  if (metadata?.annotations === undefined) return metadata;
  const kept = Object.entries(metadata.annotations).filter(([name]) => !OWN.includes(name));
  const { annotations: _annotations, ...rest } = metadata;
  return kept.length === 0 ? rest : { ...rest, annotations: Object.fromEntries(kept) };
};

type Spec = V2HorizontalPodAutoscalerSpec;
type Status = V2HorizontalPodAutoscalerStatus;

const specOf = ({ metadata, spec }: V1HorizontalPodAutoscaler): Spec => {
  const { targetCPUUtilizationPercentage: cpu, ...rest } = spec ?? ({} as NonNullable<V1HorizontalPodAutoscaler["spec"]>);
  const annotations = metadata?.annotations;
  const written = olderMetrics(annotations, METRICS)?.map((metric) => newerMetric("target", metric));
  const { metrics: others = [] } = fitting<Spec>("V2HorizontalPodAutoscalerSpec", { metrics: written });
  const metrics = cpu === undefined ? others : [...others, cpuMetric(cpu)];
  const { behavior } = fitting<Spec>("V2HorizontalPodAutoscalerSpec", { behavior: renamed(parsed(annotations, BEHAVIOR), small) });
  return { ...rest, ...(metrics.length > 0 && { metrics }), ...(behavior && { behavior }) };
};

const statusOf = (annotations: Annotations | undefined, status: V1HorizontalPodAutoscalerStatus): Status => {
  const { currentCPUUtilizationPercentage: cpu, ...rest } = status;
  const written = olderMetrics(annotations, CURRENT_METRICS)?.map((metric) => newerMetric("current", metric));
  const own: readonly V2MetricStatus[] =
    cpu === undefined ? [] : [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: cpu } } }];
  const { currentMetrics = [] } = fitting<Status>("V2HorizontalPodAutoscalerStatus", { currentMetrics: written ?? own });
  const { conditions } = fitting<Status>("V2HorizontalPodAutoscalerStatus", { conditions: parsed(annotations, CONDITIONS) });
  return { ...rest, ...(currentMetrics.length > 0 && { currentMetrics }), ...(conditions && { conditions }) };
};

/** The autoscaler of version 2 that keeps this one. */
export const newerAutoscaler = (object: V1HorizontalPodAutoscaler): V2HorizontalPodAutoscaler => {
  const { metadata, status } = object;
  const newer: Draft<V2HorizontalPodAutoscaler> = structuredClone({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: withoutOwn(metadata),
    spec: specOf(object),
    ...(status && { status: statusOf(metadata?.annotations, status) }),
  }) as Draft<V2HorizontalPodAutoscaler>;
  defaultAutoscaler(newer);
  return newer;
};

const annotationsOf = ({ spec, status }: V2HorizontalPodAutoscaler, others: readonly V2MetricSpec[]): Annotations => {
  const { currentMetrics = [], conditions = [] } = (status ?? {}) as Partial<V2HorizontalPodAutoscalerStatus>;
  return {
    ...(others.length > 0 && { [METRICS]: JSON.stringify(others.map((metric) => olderMetric("target", metric))) }),
    ...(spec?.behavior && { [BEHAVIOR]: JSON.stringify(renamed(spec.behavior, capital)) }),
    ...(currentMetrics.length > 0 && { [CURRENT_METRICS]: JSON.stringify(currentMetrics.map((metric) => olderMetric("current", metric))) }),
    ...(conditions.length > 0 && { [CONDITIONS]: JSON.stringify(conditions) }),
  };
};

const olderStatus = (status: V2HorizontalPodAutoscalerStatus): V1HorizontalPodAutoscalerStatus => {
  const { currentMetrics, conditions: _conditions, currentReplicas = 0, ...rest } = status;
  const cpu = currentMetrics?.find(({ type, resource }) => type === "Resource" && resource?.name === "cpu")?.resource?.current;
  return {
    ...rest,
    currentReplicas,
    ...(cpu?.averageUtilization !== undefined && { currentCPUUtilizationPercentage: cpu.averageUtilization }),
  };
};

/** The autoscaler of version 1 that an autoscaler of version 2 is. */
export const olderAutoscaler = (object: V2HorizontalPodAutoscaler): V1HorizontalPodAutoscaler => {
  const { metadata, status } = object;
  const { metrics = [], behavior: _behavior, ...rest } = object.spec ?? ({} as V2HorizontalPodAutoscalerSpec);
  const cpu = metrics.find(isCpu);
  const added = annotationsOf(
    object,
    metrics.filter((metric) => metric !== cpu),
  );
  const utilization = cpu?.resource?.target.averageUtilization;
  return {
    apiVersion: "autoscaling/v1",
    kind: "HorizontalPodAutoscaler",
    metadata: Object.keys(added).length === 0 ? metadata : { ...metadata, annotations: { ...metadata?.annotations, ...added } },
    spec: { ...rest, ...(utilization !== undefined && { targetCPUUtilizationPercentage: utilization }) },
    ...(status && { status: olderStatus(status) }),
  };
};

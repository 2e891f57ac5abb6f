// What an autoscaler watches, and how far it is, in a table. upstream: pkg/printers/internalversion/printers.go formatHPAMetrics
import type { V2HorizontalPodAutoscaler, V2MetricSpec, V2MetricStatus, V2MetricTarget, V2MetricValueStatus } from "#api/generated/types.ts";

const SHOWN = 2;
const UNKNOWN = "<unknown>";

/** `5/10`, and `5/10 (avg)` for a value per pod. */
const valuesText = (target: V2MetricTarget, current: V2MetricValueStatus | undefined): string =>
  target.averageValue === undefined
    ? `${current?.value ?? UNKNOWN}/${target.value ?? UNKNOWN}`
    : `${current?.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;

const percent = (value: number | undefined, absent: string): string => (value === undefined ? absent : `${value}%`);

/** `cpu: 20%/80%` */
const resourceText = (name: string, target: V2MetricTarget, current: V2MetricValueStatus | undefined): string =>
  target.averageValue === undefined
    ? `${name}: ${percent(current?.averageUtilization, UNKNOWN)}/${percent(target.averageUtilization, "<auto>")}`
    : `${name}: ${current?.averageValue ?? UNKNOWN}/${target.averageValue}`;

const podsText = (target: V2MetricTarget, current: V2MetricValueStatus | undefined): string =>
  `${current?.averageValue ?? UNKNOWN}/${target.averageValue ?? UNKNOWN}`;

const metricText = (metric: V2MetricSpec, status: V2MetricStatus | undefined): string => {
  const { external, pods, object, resource, containerResource } = metric;
  if (external?.target !== undefined) return valuesText(external.target, status?.external?.current);
  if (pods?.target !== undefined) return podsText(pods.target, status?.pods?.current);
  if (object?.target !== undefined) return valuesText(object.target, status?.object?.current);
  if (resource?.target !== undefined) return resourceText(resource.name, resource.target, status?.resource?.current);
  if (containerResource?.target === undefined) return "<unknown type>";
  return resourceText(containerResource.name, containerResource.target, status?.containerResource?.current);
};

/** The first two metrics, and how many more there are. */
export const metricsText = ({ spec, status }: V2HorizontalPodAutoscaler): string => {
  const metrics = spec?.metrics ?? [];
  if (metrics.length === 0) return "<none>";
  const texts = metrics.map((metric, at) => metricText(metric, status?.currentMetrics?.[at]));
  const shown = texts.slice(0, SHOWN).join(", ");
  return texts.length > SHOWN ? `${shown} + ${texts.length - SHOWN} more...` : shown;
};

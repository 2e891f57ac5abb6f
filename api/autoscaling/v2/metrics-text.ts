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

type Named = { readonly name?: string; readonly target?: V2MetricTarget };
type Text = (of: Named & { readonly target: V2MetricTarget }, current: V2MetricValueStatus | undefined) => string;

const resourced: Text = ({ name = "", target }, current) => resourceText(name, target, current);
const valued: Text = ({ target }, current) => valuesText(target, current);

/** In upstream's order; a metric has one of these. */
const TEXTS = {
  external: valued,
  pods: ({ target }, current) => podsText(target, current),
  object: valued,
  resource: resourced,
  containerResource: resourced,
} as const satisfies { readonly [kind: string]: Text };

const metricText = (metric: V2MetricSpec, status: V2MetricStatus | undefined): string => {
  for (const [kind, text] of Object.entries(TEXTS) as readonly [keyof typeof TEXTS, Text][]) {
    const of = metric[kind] as Named | undefined;
    if (of?.target !== undefined) return text({ ...of, target: of.target }, status?.[kind]?.current);
  }
  return "<unknown type>";
};

/** The first two metrics, and how many more there are. */
export const metricsText = ({ spec, status }: V2HorizontalPodAutoscaler): string => {
  const metrics = spec?.metrics ?? [];
  if (metrics.length === 0) return "<none>";
  const texts = metrics.map((metric, at) => metricText(metric, status?.currentMetrics?.[at]));
  const shown = texts.slice(0, SHOWN).join(", ");
  return texts.length > SHOWN ? `${shown} + ${texts.length - SHOWN} more...` : shown;
};

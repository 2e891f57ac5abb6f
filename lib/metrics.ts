// Metrics as they are when somebody asks, and how they are written for Prometheus. Pure.
// https://prometheus.io/docs/instrumenting/exposition_formats/

/** One value of a metric. `metricName` differs from the family's for a histogram's parts. */
export type Sample = {
  readonly metricName?: string | undefined;
  readonly labels: { readonly [label: string]: string | number };
  readonly value: number;
};

/** A metric with all its values, as it is when somebody asks. */
export type Family = {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly values: readonly Sample[];
};

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');

/** A family in Prometheus' text format. */
export const expositionOf = ({ name, help, type, values }: Family): string => {
  const lines = values.map(({ metricName = name, labels, value }) => {
    const list = Object.entries(labels).map(([label, of]) => `${label}="${escaped(String(of))}"`);
    return `${metricName}${list.length === 0 ? "" : `{${list.join(",")}}`} ${value}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
};

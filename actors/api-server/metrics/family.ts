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

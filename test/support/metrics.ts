import type { Family } from "#lib/metrics.ts";

/** The values of a metric, each under the values of its labels. */
export const valuesOf = (families: readonly Family[], name: string): readonly (readonly [string, number])[] =>
  (families.find((family) => family.name === name)?.values ?? []).map(({ labels, value }) => [Object.values(labels).join(" "), value]);

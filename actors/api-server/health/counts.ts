// How well the service does: what the health checks found, last and so often.
// upstream: component-base/metrics/prometheus/slis, KEP-3466
import type { Family, Sample } from "#lib/metrics.ts";

type Found = { readonly labels: Sample["labels"]; isGood: boolean; readonly counts: { success: number; error: number } };

/** Counts what checks find. */
export class HealthCounts {
  readonly #found = new Map<string, Found>();

  /** Notes what a check of an endpoint found, and answers it. */
  note(type: string, name: string, wrong: string | undefined): string | undefined {
    const key = `${type}/${name}`;
    const found = this.#found.get(key) ?? { labels: { name, type }, isGood: true, counts: { success: 0, error: 0 } };
    this.#found.set(key, found);
    found.isGood = wrong === undefined;
    found.counts[found.isGood ? "success" : "error"]++;
    return wrong;
  }

  /** The families under upstream's names. */
  families(): readonly Family[] {
    const all = [...this.#found.values()];
    return [
      {
        name: "kubernetes_healthcheck",
        help: "This metric records the result of a single healthcheck.",
        type: "gauge",
        values: all.map(({ labels, isGood }) => ({ labels, value: Number(isGood) })),
      },
      {
        name: "kubernetes_healthchecks_total",
        help: "This metric records the results of all healthcheck.",
        type: "counter",
        values: all.flatMap(({ labels, counts }) =>
          Object.entries(counts).flatMap(([status, value]) => (value === 0 ? [] : [{ labels: { ...labels, status }, value }])),
        ),
      },
    ];
  }
}

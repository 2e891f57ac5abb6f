// How available other API servers are, in numbers. upstream: kube-aggregator/pkg/controllers/status/metrics/metrics.go
import type { Family } from "#lib/metrics.ts";
import type { Word } from "./availability.ts";

/** Counts of one API server. */
export class AvailabilityCounts {
  readonly #unavailable = new Map<string, boolean>();
  readonly #falls = new Map<string, Map<string, number>>();

  /** What was found. */
  is(name: string, { status }: Word): void {
    this.#unavailable.set(name, status !== "True");
  }

  /** What was written down, after what it was before. */
  changed(name: string, wasAvailable: boolean, { status, reason }: Word): void {
    if (!wasAvailable || status === "True") return;
    const falls = this.#falls.get(name) ?? new Map<string, number>();
    falls.set(reason, (falls.get(reason) ?? 0) + 1);
    this.#falls.set(name, falls);
  }

  forget(name: string): void {
    this.#unavailable.delete(name);
  }

  families(): readonly Family[] {
    return [
      {
        name: "aggregator_unavailable_apiservice",
        help: "Gauge of APIServices which are marked as unavailable broken down by APIService name.",
        type: "gauge",
        values: [...this.#unavailable].map(([name, is]) => ({ labels: { name }, value: is ? 1 : 0 })),
      },
      {
        name: "aggregator_unavailable_apiservice_total",
        help: "Counter of APIServices which are marked as unavailable broken down by APIService name and reason.",
        type: "counter",
        values: [...this.#falls].flatMap(([name, falls]) => [...falls].map(([reason, value]) => ({ labels: { name, reason }, value }))),
      },
    ];
  }
}

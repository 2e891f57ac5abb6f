// Metrics whose labels come with what is counted: a series is made when it is first needed.
import type { Family } from "#lib/metrics.ts";
import { Histogram, histogram } from "./histogram.ts";

/** What a metric is called, and by what it is broken out. */
export type Definition<Label extends string> = { readonly name: string; readonly help: string; readonly labels: readonly Label[] };

type Values<Label extends string> = { readonly [label in Label]: string | number };

/** The series of one metric. */
class AllSeries<Label extends string, T> {
  readonly #labels: readonly Label[];
  readonly #make: () => T;
  readonly #all = new Map<string, readonly [Values<Label>, T]>();

  constructor(labels: readonly Label[], make: () => T) {
    this.#labels = labels;
    this.#make = make;
  }

  get all(): Iterable<readonly [Values<Label>, T]> {
    return this.#all.values();
  }

  of(values: Values<Label>): T {
    const key = this.#labels.map((label) => values[label]).join("\n");
    const present = this.#all.get(key);
    if (present !== undefined) return present[1];
    const made = this.#make();
    const labels = Object.fromEntries(this.#labels.map((label) => [label, values[label]])) as Values<Label>;
    this.#all.set(key, [labels, made]);
    return made;
  }
}

/** Numbers that only grow. */
export class Counters<Label extends string> {
  readonly #definition: Definition<Label>;
  readonly #series: AllSeries<Label, { count: number }>;

  constructor(definition: Definition<Label>) {
    this.#definition = definition;
    this.#series = new AllSeries(definition.labels, () => ({ count: 0 }));
  }

  add(values: Values<Label>): void {
    this.#series.of(values).count++;
  }

  family(): Family {
    const { name, help } = this.#definition;
    return { name, help, type: "counter", values: Array.from(this.#series.all, ([labels, { count }]) => ({ labels, value: count })) };
  }
}

/** Values in buckets. */
export class Histograms<Label extends string> {
  readonly #definition: Definition<Label>;
  readonly #series: AllSeries<Label, Histogram>;

  constructor(definition: Definition<Label>, bounds: readonly number[]) {
    this.#definition = definition;
    this.#series = new AllSeries(definition.labels, () => new Histogram(bounds));
  }

  /** The series of these labels, for who observes it often. */
  of(values: Values<Label>): Histogram {
    return this.#series.of(values);
  }

  family(): Family {
    const { name, help } = this.#definition;
    return histogram(name, help, [...this.#series.all]);
  }
}

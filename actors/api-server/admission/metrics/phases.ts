// How long admission takes, as a whole and by plugin. Hot: every write passes all plugins twice, so what passes is looked up
// by the plugin's name alone. upstream: apiserver/pkg/admission/metrics/metrics.go
import type { Family } from "#lib/metrics.ts";
import type { Histogram } from "../../metrics/histogram.ts";
import { Histograms } from "../../metrics/labelled.ts";
import type { Operation, Phase } from "../operation.ts";

const SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 2.5];
const BY_OPERATION = ["type", "operation", "rejected"] as const;
const BY_PLUGIN = ["name", ...BY_OPERATION] as const;

type Steps = Histograms<(typeof BY_OPERATION)[number]>;
type Plugins = Histograms<(typeof BY_PLUGIN)[number]>;

/** The times of one half of admission, of writes of one operation. */
export class PhaseTimes {
  readonly #labels: { readonly type: Phase; readonly operation: Operation };
  readonly #steps: Steps;
  readonly #plugins: Plugins;
  readonly #passed = new Map<string, Histogram>();

  constructor(labels: { readonly type: Phase; readonly operation: Operation }, { steps, plugins }: { steps: Steps; plugins: Plugins }) {
    this.#labels = labels;
    this.#steps = steps;
    this.#plugins = plugins;
  }

  /** A plugin let a write pass, after so many milliseconds. */
  passed(plugin: string, tookMs: number): void {
    let times = this.#passed.get(plugin);
    if (times === undefined) {
      times = this.#plugins.of({ name: plugin, ...this.#labels, rejected: "false" });
      this.#passed.set(plugin, times);
    }
    times.observe(tookMs / 1000);
  }

  /** A plugin refused a write. */
  refused(plugin: string, tookMs: number): void {
    this.#plugins.of({ name: plugin, ...this.#labels, rejected: "true" }).observe(tookMs / 1000);
  }

  /** All plugins together are done. */
  over(tookMs: number, isRefused: boolean): void {
    this.#steps.of({ ...this.#labels, rejected: String(isRefused) }).observe(tookMs / 1000);
  }
}

/** The times of all writes. */
export class Phases {
  readonly #of = new Map<string, PhaseTimes>();
  readonly #series = {
    steps: new Histograms(
      {
        name: "apiserver_admission_step_admission_duration_seconds",
        help: "Admission sub-step latency histogram in seconds, broken out for each operation and API resource and step type (validate or admit).",
        labels: BY_OPERATION,
      },
      SECONDS,
    ),
    plugins: new Histograms(
      {
        name: "apiserver_admission_controller_admission_duration_seconds",
        help: "Admission controller latency histogram in seconds, identified by name and broken out for each operation and API resource and type (validate or admit).",
        labels: BY_PLUGIN,
      },
      SECONDS,
    ),
  };

  /** The times of one half, of writes of one operation. */
  of(type: Phase, operation: Operation): PhaseTimes {
    const key = type + operation;
    let times = this.#of.get(key);
    if (times === undefined) {
      times = new PhaseTimes({ type, operation }, this.#series);
      this.#of.set(key, times);
    }
    return times;
  }

  families(): readonly Family[] {
    return [this.#series.steps.family(), this.#series.plugins.family()];
  }
}

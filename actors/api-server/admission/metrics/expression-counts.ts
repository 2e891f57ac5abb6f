// What the expressions of admission come to: match conditions, validations and mutations of policies.
// upstream: apiserver/pkg/admission/metrics, apiserver/pkg/admission/plugin/policy/{validating,mutating}/metrics
import type { Family } from "#lib/metrics.ts";
import { Counters, Histograms, type Definition } from "../../metrics/labelled.ts";
import type { Operation, Phase } from "../operation.ts";

/** upstream has one more below, for half a microsecond; here the clock counts whole milliseconds. */
const SECONDS = [0.001, 0.01, 0.1, 1];

/** What match conditions belong to. */
export type Conditioned = {
  readonly name: string;
  readonly kind: "webhook" | "policy";
  readonly type: Phase;
  readonly operation: Operation;
};

/** An expression of a policy that was evaluated, and what was wrong with it. */
export type Checked = {
  readonly policy: string;
  readonly policy_binding: string;
  readonly error_type: "no_error" | "compile_error" | "invalid_error" | "out_of_budget";
};

const CONDITIONED = ["name", "kind", "type", "operation"] as const;
const CHECKED = ["policy", "policy_binding", "error_type"] as const;
const OF_CONDITIONS =
  "identified by name of resource containing the match condition and broken out for each kind containing matchConditions (webhook or policy), operation and admission type (validate or admit).";

/** How often something was checked, and how long each time. */
class Checks<Label extends string> {
  readonly #counts: Counters<Label>;
  readonly #times: Histograms<Label>;

  constructor({ name, help, labels }: Definition<Label>, latency: string) {
    this.#counts = new Counters({ name: `${name}_check_total`, help, labels });
    this.#times = new Histograms({ name: `${name}_check_duration_seconds`, help: latency, labels }, SECONDS);
  }

  add(labels: { readonly [label in Label]: string }, tookMs: number): void {
    this.#counts.add(labels);
    this.#times.of(labels).observe(tookMs / 1000);
  }

  families(): readonly Family[] {
    return [this.#counts.family(), this.#times.family()];
  }
}

/** The counts of all expressions. */
export class ExpressionCounts {
  readonly #errors = new Counters({
    name: "apiserver_admission_match_condition_evaluation_errors_total",
    help: `Admission match condition evaluation errors count, ${OF_CONDITIONS}`,
    labels: CONDITIONED,
  });
  readonly #exclusions = new Counters({
    name: "apiserver_admission_match_condition_exclusions_total",
    help: `Admission match condition evaluation exclusions count, ${OF_CONDITIONS}`,
    labels: CONDITIONED,
  });
  readonly #validations = new Checks(
    {
      name: "apiserver_validating_admission_policy",
      help: "Validation admission policy check total, labeled by policy and further identified by binding and enforcement action taken.",
      labels: [...CHECKED, "enforcement_action"],
    },
    "Validation admission latency for individual validation expressions in seconds, labeled by policy and further including binding and enforcement action taken.",
  );
  readonly #mutations = new Checks(
    {
      name: "apiserver_mutating_admission_policy",
      help: "Mutation admission policy check total, labeled by policy and further identified by binding.",
      labels: CHECKED,
    },
    "Mutation admission latency for individual mutation expressions in seconds, labeled by policy and binding.",
  );

  /** Match conditions spare a request. */
  excluded(conditioned: Conditioned): void {
    this.#exclusions.add(conditioned);
  }

  /** Match conditions could not be evaluated. */
  failed(conditioned: Conditioned): void {
    this.#errors.add(conditioned);
  }

  /** A validation did not hold, or could not be evaluated; `action`: what came of that. */
  validated(checked: Checked, action: "allow" | "deny" | "audit" | "warn", tookMs: number): void {
    this.#validations.add({ ...checked, enforcement_action: action }, tookMs);
  }

  /** A mutation was evaluated. */
  mutated(checked: Checked, tookMs: number): void {
    this.#mutations.add(checked, tookMs);
  }

  families(): readonly Family[] {
    return [this.#errors.family(), this.#exclusions.family(), ...this.#validations.families(), ...this.#mutations.families()];
  }
}

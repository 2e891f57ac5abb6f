// What pod security decides. upstream: pod-security-admission/metrics/metrics.go
import { levelText, type LevelVersion } from "#api/pod-security/policy.ts";
import type { Family } from "#lib/metrics.ts";
import { Counters } from "../../metrics/labelled.ts";

/** What was written. */
export type Evaluated = {
  readonly request_operation: "create" | "update";
  readonly resource: "pod" | "controller" | "namespace";
  readonly subresource: string;
};

const OF = ["request_operation", "resource", "subresource"] as const;

/** The counts of one server. */
export class PodSecurityCounts {
  readonly #evaluations = new Counters({
    name: "pod_security_evaluations_total",
    help: "Number of policy evaluations that occurred, not counting ignored or exempt requests.",
    labels: ["decision", "policy_level", "policy_version", "mode", ...OF],
  });
  readonly #exemptions = new Counters({
    name: "pod_security_exemptions_total",
    help: "Number of exempt requests, not counting ignored or out of scope requests.",
    labels: OF,
  });
  readonly #errors = new Counters({
    name: "pod_security_errors_total",
    help: "Number of errors preventing normal evaluation. Non-fatal errors may result in the latest restricted profile being used for evaluation.",
    labels: ["fatal", ...OF],
  });

  /** A pod was held against a level. */
  evaluated(evaluated: Evaluated, mode: "enforce" | "audit" | "warn", { level, isAllowed }: Decided): void {
    const [name = "", version = ""] = levelText(level).split(":");
    const decision = isAllowed ? "allow" : "deny";
    this.#evaluations.add({ decision, policy_level: name, policy_version: version, mode, ...evaluated });
  }

  exempted(evaluated: Evaluated): void {
    this.#exemptions.add(evaluated);
  }

  /** The labels of a namespace cannot be read. */
  failed(evaluated: Evaluated): void {
    this.#errors.add({ fatal: "false", ...evaluated });
  }

  families(): readonly Family[] {
    return [this.#evaluations, this.#exemptions, this.#errors].map((metric) => metric.family());
  }
}

type Decided = { readonly level: LevelVersion; readonly isAllowed: boolean };

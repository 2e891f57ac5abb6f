import type { Family } from "#lib/metrics.ts";
import { ExpressionCounts } from "./expression-counts.ts";
import { Phases } from "./phases.ts";
import { PodSecurityCounts } from "./pod-security-counts.ts";
import { WebhookCounts } from "./webhook-counts.ts";

/** What admission tells /metrics. */
export class AdmissionMetrics {
  readonly phases = new Phases();
  readonly webhooks = new WebhookCounts();
  readonly expressions = new ExpressionCounts();
  readonly podSecurity = new PodSecurityCounts();

  /** The families under upstream's names. */
  families(): readonly Family[] {
    return [this.phases, this.webhooks, this.expressions, this.podSecurity].flatMap((part) => part.families());
  }
}

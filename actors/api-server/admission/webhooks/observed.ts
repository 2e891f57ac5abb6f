// Asks a webhook, and tells the metrics how it went. upstream: the Dispatch of both webhook plugins
import type { Asking, Outcome } from "../metrics/webhook-counts.ts";
import type { Surroundings } from "../plugin.ts";
import { FailedCall, WebhookRefusal } from "./ask.ts";
import type { Invocation } from "./match.ts";

/** upstream: the calls that bring no answer count as NewServiceUnavailable */
const UNAVAILABLE = 503;

const outcomeOf = (error: unknown, { hook }: Invocation): Omit<Outcome, "tookMs"> => {
  if (error instanceof WebhookRefusal) return { code: error.code, refusal: "no_error" };
  if (!(error instanceof FailedCall)) return { code: 0, refusal: "apiserver_internal_error" };
  return { code: UNAVAILABLE, refusal: hook.webhook.failurePolicy === "Ignore" ? undefined : "calling_webhook_error" };
};

/** What `ask` answers. Throws: what it throws. */
export const observed = async <T>(
  type: Asking["type"],
  invocation: Invocation,
  around: Surroundings,
  ask: () => Promise<T>,
): Promise<T> => {
  const asking = { type, name: invocation.hook.webhook.name, operation: invocation.attributes.operation };
  const askedAt = around.now();
  let outcome: Omit<Outcome, "tookMs"> = { code: 200, refusal: undefined };
  try {
    return await ask();
  } catch (error) {
    outcome = outcomeOf(error, invocation);
    throw error;
  } finally {
    around.metrics.webhooks.asked(asking, { ...outcome, tookMs: around.now() - askedAt });
  }
};

/** A webhook could not be asked, and the request passes without. `kind` and `at` are of the audit annotation. */
export const failOpen = (type: Asking["type"], { hook, attributes }: Invocation, around: Surroundings, at: string): void => {
  const { name } = hook.webhook;
  const kind = type === "admit" ? "mutation" : "validating";
  around.metrics.webhooks.failedOpen({ type, name, operation: attributes.operation });
  around.annotate(`failed-open.${kind}.webhook.admission.k8s.io/${at}`, () => name);
};

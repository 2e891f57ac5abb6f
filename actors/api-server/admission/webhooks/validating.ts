// ValidatingAdmissionWebhook: webhooks judge the object as it is to be stored, all at once.
// upstream: apiserver/pkg/admission/plugin/webhook/validating/dispatcher.go
import { validatingWebhookConfigurations } from "#api/admissionregistration/v1/validating-webhook-configuration.ts";
import { ApiError, internal } from "#api/meta/status.ts";
import type { Attributes, Plugin, Surroundings, Verdict } from "../plugin.ts";
import { ask, FailedCall } from "./ask.ts";
import { meetsHookConditions } from "./conditions.ts";
import { hooksOf, type Hook } from "./hook.ts";
import { invocationOf, type Invocation } from "./match.ts";
import { failOpen, observed } from "./observed.ts";
import { isExempt } from "./rules.ts";

const validate = (attributes: Attributes, around: Surroundings): Verdict | Promise<Verdict> => {
  if (isExempt(attributes.kind)) return undefined;
  const hooks = hooksOf(around.list(validatingWebhookConfigurations));
  return hooks.length === 0 ? undefined : askAll(hooks, attributes, around);
};

/** The first refusal, in the order of the webhooks. */
const askAll = async (hooks: readonly Hook[], attributes: Attributes, around: Surroundings): Promise<Verdict> => {
  const invocations: Invocation[] = [];
  for (const hook of hooks) {
    const invocation = await invocationOf(hook, attributes, around);
    if (invocation !== undefined && (await meetsHookConditions(invocation, around, "validate"))) invocations.push(invocation);
  }
  const verdicts = await Promise.all(invocations.map((invocation, index) => verdictOf(invocation, around, `round_0_index_${index}`)));
  return verdicts.find((verdict) => verdict !== undefined);
};

/** `at` is where the audit log says that it was asked. */
const verdictOf = async (invocation: Invocation, around: Surroundings, at: string): Promise<Verdict> => {
  try {
    await observed("validating", invocation, around, () => ask(invocation, around, false));
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error;
    if (!(error instanceof FailedCall)) throw error;
    if (invocation.hook.webhook.failurePolicy !== "Ignore") return internal(error);
    failOpen("validating", invocation, around, at);
    return undefined;
  }
};

export const validatingAdmissionWebhook: Plugin = { name: "ValidatingAdmissionWebhook", connects: true, validate };

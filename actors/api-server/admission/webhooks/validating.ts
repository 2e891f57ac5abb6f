// ValidatingAdmissionWebhook: webhooks judge the object as it is to be stored, all at once.
// upstream: apiserver/pkg/admission/plugin/webhook/validating/dispatcher.go
import { validatingWebhookConfigurations } from "#api/admissionregistration/v1/validating-webhook-configuration.ts";
import { ApiError, internal } from "#api/meta/status.ts";
import type { Attributes, Plugin, Surroundings, Verdict } from "../plugin.ts";
import { ask, FailedCall } from "./ask.ts";
import { meetsHookConditions } from "./conditions.ts";
import { hooksOf, type Hook } from "./hook.ts";
import { invocationOf, type Invocation } from "./match.ts";
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
    if (invocation !== undefined && (await meetsHookConditions(invocation, around))) invocations.push(invocation);
  }
  const verdicts = await Promise.all(invocations.map((invocation) => verdictOf(invocation, around)));
  return verdicts.find((verdict) => verdict !== undefined);
};

const verdictOf = async (invocation: Invocation, around: Surroundings): Promise<ApiError | undefined> => {
  try {
    await ask(invocation, around, false);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error;
    if (!(error instanceof FailedCall)) throw error;
    return invocation.hook.webhook.failurePolicy === "Ignore" ? undefined : internal(error);
  }
};

export const validatingAdmissionWebhook: Plugin = { name: "ValidatingAdmissionWebhook", validate };

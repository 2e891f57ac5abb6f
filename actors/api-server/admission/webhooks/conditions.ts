// The match conditions of a webhook: expressions that say which requests it is spared.
// upstream: apiserver/pkg/admission/plugin/webhook/{generic/webhook.go,matchconditions/matcher.go}
import { meetsConditions } from "#api/cel/admission.ts";
import { Evaluation } from "../policies/activation.ts";
import { readyPolicy } from "../policies/compiled.ts";
import type { Phase } from "../operation.ts";
import { refuse, type Surroundings } from "../plugin.ts";
import { seen } from "./ask.ts";
import type { Invocation } from "./match.ts";

/** Conditions have no variables of their own. */
const NO_POLICY = readyPolicy({});

/** Whether the webhook's conditions let it be asked. Throws: Forbidden when they fail and the webhook's failures count. */
export const meetsHookConditions = async (invocation: Invocation, around: Surroundings, type: Phase): Promise<boolean> => {
  const { hook, attributes, kind } = invocation;
  if (hook.conditions.length === 0) return true;
  const { object, old } = attributes;
  const asked = {
    attributes,
    around,
    kind,
    object: object && (await seen(invocation, object, around)),
    old: old && (await seen(invocation, old, around)),
  };
  const isMet = meetsConditions(hook.conditions, new Evaluation(NO_POLICY, asked, null).valueOf);
  const conditioned = { name: hook.webhook.name, kind: "webhook", type, operation: attributes.operation } as const;
  if (isMet === false) around.metrics.expressions.excluded(conditioned);
  if (typeof isMet === "boolean") return isMet;
  around.metrics.expressions.failed(conditioned);
  if (hook.webhook.failurePolicy === "Ignore") return false;
  throw refuse(attributes, isMet.error);
};

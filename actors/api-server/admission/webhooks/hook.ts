// The webhooks of all configurations, in the order in which they are asked.
// upstream: apiserver/pkg/admission/configuration/mutating_webhook_manager.go
import type { V1MutatingWebhook, V1ObjectMeta, V1ValidatingWebhook } from "#api/generated/types.ts";
import { compileMatchConditions, type MatchCondition } from "#api/cel/admission.ts";
import { selectorOf, type Selector } from "#api/meta/selector.ts";

/** A webhook, mutating or validating, with its defaults. */
export type Webhook = V1ValidatingWebhook & Partial<Pick<V1MutatingWebhook, "reinvocationPolicy">>;

/** A webhook with what is read from it once. */
export type Hook = {
  readonly id: string;
  /** The name of what configures it. */
  readonly configuration: string;
  readonly webhook: Webhook;
  readonly namespaces: Selector;
  readonly objects: Selector;
  readonly conditions: readonly MatchCondition[];
};

/** MutatingWebhookConfiguration and ValidatingWebhookConfiguration alike. */
export type Configuration = { readonly metadata?: V1ObjectMeta | undefined; readonly webhooks?: readonly Webhook[] | undefined };

const known = new WeakMap<Configuration, readonly Hook[]>();

const read = ({ metadata, webhooks = [] }: Configuration): readonly Hook[] =>
  webhooks.map((webhook, at) => ({
    id: `${metadata?.name ?? ""}/${webhook.name}/${at}`,
    configuration: metadata?.name ?? "",
    webhook,
    namespaces: selectorOf(webhook.namespaceSelector ?? {}),
    objects: selectorOf(webhook.objectSelector ?? {}),
    conditions: compileMatchConditions(webhook.matchConditions),
  }));

const hooksOfOne = (configuration: Configuration): readonly Hook[] => {
  const hooks = known.get(configuration) ?? read(configuration);
  known.set(configuration, hooks);
  return hooks;
};

const nameOf = ({ metadata }: Configuration): string => metadata?.name ?? "";

/** The webhooks of these configurations, which are asked by name. */
export const hooksOf = (configurations: Iterable<Configuration>): readonly Hook[] =>
  [...configurations].toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)).flatMap(hooksOfOne);

import type { V1MutatingWebhookConfiguration } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import type { Draft } from "#api/meta/object.ts";
import { checkWebhooks, defaultWebhook, WEBHOOKS_DOC } from "./webhook.ts";

export type MutatingWebhookConfiguration = V1MutatingWebhookConfiguration;

const setDefaults = ({ webhooks }: Draft<MutatingWebhookConfiguration>): void => {
  for (const webhook of webhooks ?? []) {
    defaultWebhook(webhook);
    webhook.reinvocationPolicy ??= "Never";
  }
};

/** MutatingWebhookConfigurations: services that are asked to complete what is written. */
export const mutatingWebhookConfigurations: Kind<MutatingWebhookConfiguration> = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  resource: "mutatingwebhookconfigurations",
  kind: "MutatingWebhookConfiguration",
  namespaced: false,
  singular: "mutatingwebhookconfiguration",
  listKind: "MutatingWebhookConfigurationList",
  shortNames: [],
  categories: ["api-extensions"],
  verbs: storedVerbs,
  model: "V1MutatingWebhookConfiguration",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [nameColumn, column("Webhooks", "integer", WEBHOOKS_DOC, ({ webhooks }) => webhooks?.length ?? 0), ageColumn],
  setDefaults,
  validate: ({ webhooks }) => [...checkWebhooks(webhooks)],
  strategy: { generation: true },
};

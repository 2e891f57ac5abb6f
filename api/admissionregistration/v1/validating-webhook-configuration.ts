import type { V1ValidatingWebhookConfiguration } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import type { Draft } from "#api/meta/object.ts";
import { checkWebhooks, defaultWebhook, WEBHOOKS_DOC } from "./webhook.ts";

export type ValidatingWebhookConfiguration = V1ValidatingWebhookConfiguration;

const setDefaults = ({ webhooks }: Draft<ValidatingWebhookConfiguration>): void => {
  for (const webhook of webhooks ?? []) {
    defaultWebhook(webhook);
  }
};

/** ValidatingWebhookConfigurations: services that are asked whether something may be written. */
export const validatingWebhookConfigurations: Kind<ValidatingWebhookConfiguration> = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  resource: "validatingwebhookconfigurations",
  kind: "ValidatingWebhookConfiguration",
  namespaced: false,
  singular: "validatingwebhookconfiguration",
  listKind: "ValidatingWebhookConfigurationList",
  shortNames: [],
  categories: ["api-extensions"],
  verbs: storedVerbs,
  model: "V1ValidatingWebhookConfiguration",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [nameColumn, column("Webhooks", "integer", WEBHOOKS_DOC, ({ webhooks }) => webhooks?.length ?? 0), ageColumn],
  setDefaults,
  validate: ({ webhooks }) => [...checkWebhooks(webhooks)],
  strategy: { generation: true },
};

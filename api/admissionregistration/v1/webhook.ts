// A webhook of admission, mutating or validating. upstream: pkg/apis/admissionregistration/{v1/defaults.go,validation/validation.go}
import type { V1MutatingWebhook, V1ValidatingWebhook } from "#api/generated/types.ts";
import { broken, each, isEmpty, needed, neededOneOf, oneOf, type Check } from "#api/meta/check.ts";
import { duplicate, invalidValue, required } from "#api/meta/field-error.ts";
import { dns1035Label, dns1123Subdomain } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";
import { checkLabelSelector } from "#api/meta/validate-selector.ts";
import { checkClientConfig, defaultServicePort } from "./client-config.ts";
import { checkMatchConditions, checkOperationRules, defaultRules } from "./rules.ts";

type Webhook = V1ValidatingWebhook & Partial<Pick<V1MutatingWebhook, "reinvocationPolicy">>;

const VERSIONS = ["v1", "v1beta1"];
const MAX_SECONDS = 30;

/** Completes a webhook. */
export const defaultWebhook = (webhook: Draft<Webhook>): void => {
  webhook.failurePolicy ??= "Fail";
  webhook.matchPolicy ??= "Equivalent";
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  defaultRules(webhook.rules);
  defaultServicePort(webhook.clientConfig?.service);
};

/** `policy.example.com`: at least three parts. upstream: IsFullyQualifiedName */
function* checkName(path: string, name: string | undefined): Check {
  yield* needed(path, name);
  if (isEmpty(name)) return;
  const reasons = dns1123Subdomain(name);
  yield* broken(path, name, reasons);
  if (reasons.length === 0 && name.split(".").length < 3) {
    yield invalidValue(path, name, "should be a domain with at least three segments separated by dots");
  }
}

function* checkVersions(path: string, versions: readonly string[] = []): Check {
  if (versions.length === 0) yield required(path, `must specify one of ${VERSIONS.join(", ")}`);
  for (const [version, at, index] of each(path, versions)) {
    if (versions.indexOf(version) < index) yield invalidValue(at, version, "duplicate version");
    for (const reason of dns1035Label(version)) yield invalidValue(at, version, reason);
  }
  if (versions.length > 0 && !versions.some((version) => VERSIONS.includes(version))) {
    yield invalidValue(path, versions, `must include at least one of ${VERSIONS.join(", ")}`);
  }
}

function* checkWebhook(path: string, webhook: Webhook): Check {
  yield* checkName(`${path}.name`, webhook.name);
  yield* checkVersions(`${path}.admissionReviewVersions`, webhook.admissionReviewVersions);
  yield* checkOperationRules(`${path}.rules`, webhook.rules);
  yield* oneOf(`${path}.failurePolicy`, webhook.failurePolicy, ["Fail", "Ignore"]);
  yield* oneOf(`${path}.matchPolicy`, webhook.matchPolicy, ["Equivalent", "Exact"]);
  const effects = webhook.sideEffects;
  if (isEmpty(effects)) yield required(`${path}.sideEffects`, "must specify one of None, NoneOnDryRun");
  else yield* neededOneOf(`${path}.sideEffects`, effects, ["None", "NoneOnDryRun"]);
  const seconds = webhook.timeoutSeconds;
  if (seconds !== undefined && (seconds < 1 || seconds > MAX_SECONDS)) {
    yield invalidValue(`${path}.timeoutSeconds`, seconds, "the timeout value must be between 1 and 30 seconds");
  }
  yield* checkLabelSelector(`${path}.namespaceSelector`, webhook.namespaceSelector);
  yield* checkLabelSelector(`${path}.objectSelector`, webhook.objectSelector);
  yield* checkClientConfig(`${path}.clientConfig`, webhook.clientConfig ?? {});
  yield* oneOf(`${path}.reinvocationPolicy`, webhook.reinvocationPolicy, ["IfNeeded", "Never"]);
  yield* checkMatchConditions(`${path}.matchConditions`, webhook.matchConditions);
}

/** The webhooks of a configuration: each name once. */
export function* checkWebhooks(webhooks: readonly Webhook[] | undefined): Check {
  const names = new Set<string>();
  for (const [webhook, at] of each("webhooks", webhooks)) {
    yield* checkWebhook(at, webhook);
    if (names.has(webhook.name)) yield duplicate(`${at}.name`, webhook.name);
    names.add(webhook.name);
  }
}

/** What a table says of its count of webhooks. */
export const WEBHOOKS_DOC = "Webhooks indicates the number of webhooks registered in this configuration";

// What may be wrong with a CustomResourceDefinition.
// upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go
import { approvalErrors } from "./approval.ts";
import { checkClientConfig } from "../admissionregistration/v1/client-config.ts";
import { isEstablished } from "./definition.ts";
import type { V1CustomResourceDefinition, V1CustomResourceDefinitionSpec } from "../generated/types.ts";
import { broken, each, immutable, isEmpty, neededAs, neededOneOf, optionalAs } from "../meta/check.ts";
import { forbiddenField, invalidValue, required } from "../meta/field-error.ts";
import { dns1035Label, dns1123Subdomain } from "../meta/names.ts";
import type { FieldError } from "../meta/status.ts";
import { settledSpec } from "./spec.ts";
import { sharedErrors, versionErrors } from "./version-errors.ts";

type Errors = Iterable<FieldError>;

/** Every field that is wrong. */
export function* definitionErrors(definition: V1CustomResourceDefinition, old: V1CustomResourceDefinition | undefined): Errors {
  const { metadata } = definition;
  const spec = settledSpec(definition);
  const name = `${spec.names.plural}.${spec.group}`;
  if (metadata?.name !== name) yield invalidValue("metadata.name", metadata?.name ?? "", `must be spec.names.plural+"."+spec.group`);
  yield* groupErrors(spec);
  yield* neededOneOf("spec.scope", spec.scope, ["Cluster", "Namespaced"]);
  yield* versionErrors(spec);
  yield* nameErrors(spec);
  yield* sharedErrors(spec);
  yield* conversionErrors(spec);
  if (spec.preserveUnknownFields === true) {
    yield invalidValue(
      "spec.preserveUnknownFields",
      true,
      "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
    );
  }
  yield* storedErrors(spec, definition.status?.storedVersions);
  yield* approvalErrors({ ...definition, spec }, old === undefined ? undefined : { ...old, spec: settledSpec(old) });
  if (old !== undefined) yield* changeErrors(spec, old);
}

const groupErrors = ({ group }: V1CustomResourceDefinitionSpec): readonly FieldError[] => {
  if (isEmpty(group)) return [required("spec.group")];
  const errors = broken("spec.group", group, dns1123Subdomain(group));
  return errors.length > 0 || group.includes(".")
    ? errors
    : [invalidValue("spec.group", group, "should be a domain with at least one dot")];
};

function* nameErrors({ names }: V1CustomResourceDefinitionSpec): Errors {
  yield* neededAs("spec.names.plural", names.plural, dns1035Label);
  yield* optionalAs("spec.names.singular", names.singular, dns1035Label);
  yield* kindErrors("spec.names.kind", names.kind);
  yield* kindErrors("spec.names.listKind", names.listKind);
  for (const [name, path] of each("spec.names.shortNames", names.shortNames)) yield* broken(path, name, dns1035Label(name));
  for (const [name, path] of each("spec.names.categories", names.categories)) yield* broken(path, name, dns1035Label(name));
  if (!isEmpty(names.kind) && names.kind === names.listKind)
    yield invalidValue("spec.names.listKind", names.listKind, "kind and listKind may not be the same");
}

const kindErrors = (path: string, kind: string | undefined): readonly FieldError[] => {
  if (isEmpty(kind)) return [required(path)];
  const [reason] = dns1035Label(kind.toLowerCase());
  return reason === undefined ? [] : [invalidValue(path, kind, `may have mixed case, but should otherwise match: ${reason}`)];
};

function* conversionErrors({ conversion }: V1CustomResourceDefinitionSpec): Errors {
  if (conversion === undefined) return;
  const { strategy, webhook } = conversion;
  yield* neededOneOf("spec.conversion.strategy", strategy, ["None", "Webhook"]);
  const { clientConfig, conversionReviewVersions = [] } = webhook ?? {};
  if (strategy === "Webhook") {
    if (clientConfig === undefined) yield required(CLIENT, "required when strategy is set to Webhook");
    else yield* checkClientConfig(CLIENT, clientConfig);
    yield* reviewVersionErrors(conversionReviewVersions);
    return;
  }
  const why = "should not be set when strategy is not set to Webhook";
  if (clientConfig !== undefined) yield forbiddenField(CLIENT, why);
  if (conversionReviewVersions.length > 0) yield forbiddenField(REVIEWS, why);
}

// The names that the fields have within Kubernetes, which its messages tell.
const CLIENT = "spec.conversion.webhookClientConfig";
const REVIEWS = "spec.conversion.conversionReviewVersions";
const ACCEPTED = ["v1", "v1beta1"];

function* reviewVersionErrors(versions: readonly string[]): Errors {
  if (versions.length === 0) return void (yield required(REVIEWS));
  for (const [version, path, at] of each(REVIEWS, versions)) {
    if (versions.indexOf(version) < at) yield invalidValue(path, version, "duplicate version");
    else yield* broken(path, version, dns1035Label(version));
  }
  if (!ACCEPTED.some((version) => versions.includes(version)))
    yield invalidValue(REVIEWS, versions, `must include at least one of ${ACCEPTED.join(", ")}`);
  return undefined;
}

function* storedErrors({ versions }: V1CustomResourceDefinitionSpec, stored: readonly string[] | undefined): Errors {
  const names = new Set(versions.map(({ name }) => name));
  for (const [version, path] of each("status.storedVersions", stored)) {
    if (!names.has(version)) yield invalidValue(path, version, stillStored(version));
  }
}

const stillStored = (version: string): string =>
  `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ` +
  `ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`;

function* changeErrors(spec: V1CustomResourceDefinitionSpec, old: V1CustomResourceDefinition): Errors {
  const before = settledSpec(old);
  yield* immutable("spec.group", spec.group, before.group);
  yield* immutable("spec.names.plural", spec.names.plural, before.names.plural);
  if (!isEstablished(old)) return;
  yield* immutable("spec.scope", spec.scope, before.scope);
  yield* immutable("spec.names.kind", spec.names.kind, before.names.kind);
}

import type { V1ResourceQuota, V1ResourceQuotaSpec, V1ScopedResourceSelectorRequirement } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { each, eachKey, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { deepEqual } from "#api/meta/equal.ts";
import { invalidValue, required } from "#api/meta/field-error.ts";
import type { Draft } from "#api/meta/object.ts";
import { checkResourceAmount, checkResourceName } from "./pod-spec/validate-resources.ts";
import { defaultResourceList, type ResourceList } from "./resource-list.ts";
import { isQuotaResource } from "./resource-name.ts";

export type ResourceQuota = V1ResourceQuota;

const COMPUTE = /^(?:(?:requests|limits)\.)?(?:cpu|memory|ephemeral-storage)$/;
const POD_SCOPES = ["Terminating", "NotTerminating", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity"];
const EXISTING_SCOPES = ["BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"];
const SCOPES = [...POD_SCOPES, "BestEffort", "VolumeAttributesClass"];
const CONFLICTS = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
] as const;
const MUST_EXIST =
  "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

/** upstream: helper.IsResourceQuotaScopeValidForResource */
const isScopeFor = (scope: string, resource: string): boolean => {
  if (POD_SCOPES.includes(scope)) return resource === "pods" || COMPUTE.test(resource);
  if (scope === "BestEffort") return resource === "pods";
  return scope !== "VolumeAttributesClass" || resource === "persistentvolumeclaims" || resource === "requests.storage";
};

function* checkScopes(path: string, scopes: readonly string[], shown: unknown, hard: ResourceList): Check {
  for (const scope of scopes) {
    if (!SCOPES.includes(scope)) yield invalidValue(path, shown, "unsupported scope");
    for (const resource of Object.keys(hard)) {
      if (isQuotaResource(resource) && !isScopeFor(scope, resource)) {
        yield invalidValue(path, shown, "unsupported scope applied to resource");
      }
    }
  }
  for (const pair of CONFLICTS) if (pair.every((scope) => scopes.includes(scope))) yield invalidValue(path, shown, "conflicting scopes");
}

const SETS: readonly (string | undefined)[] = ["In", "NotIn"];
const FLAGS: readonly (string | undefined)[] = ["Exists", "DoesNotExist"];

function* checkRequirement(path: string, requirement: V1ScopedResourceSelectorRequirement): Check {
  const { scopeName, operator, values = [] } = requirement;
  if (EXISTING_SCOPES.includes(scopeName) && operator !== "Exists") yield invalidValue(`${path}.operator`, operator ?? "", MUST_EXIST);
  if (SETS.includes(operator)) {
    if (values.length > 0) return;
    yield required(`${path}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
  } else if (FLAGS.includes(operator)) {
    if (values.length === 0) return;
    yield invalidValue(`${path}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
  } else yield invalidValue(`${path}.operator`, operator ?? "", "not a valid selector operator");
}

function* checkAmounts(path: string, list: ResourceList | undefined): Check {
  for (const [name, amount, at] of eachKey(path, list)) {
    yield* checkResourceName(at, name);
    if (!name.includes("/") && !isQuotaResource(name)) yield invalidValue(at, name, "must be a standard resource for quota");
    yield* checkResourceAmount(at, name, amount);
  }
}

/** upstream: pkg/apis/core/validation/validation.go ValidateResourceQuotaSpec */
function* checkSpec(spec: V1ResourceQuotaSpec, old: ResourceQuota | undefined): Check {
  const { hard = {}, scopes = [], scopeSelector } = spec;
  yield* checkAmounts("spec.hard", hard);
  yield* checkScopes("spec.scopes", scopes, scopes, hard);
  const expressions = scopeSelector?.matchExpressions ?? [];
  const at = "spec.scopeSelector.matchExpressions";
  for (const [requirement, where] of each(at, expressions)) yield* checkRequirement(where, requirement);
  const names = expressions.map(({ scopeName }) => scopeName ?? "");
  yield* checkScopes("spec.scopeSelector.matchExpressions.scopeName", names, scopeSelector, hard);
  if (old === undefined) return;
  const sorted = (of: readonly string[] | undefined) => [...new Set(of)].toSorted();
  if (!deepEqual(sorted(scopes), sorted(old.spec?.scopes))) yield invalidValue("spec.scopes", scopes, "field is immutable");
}

function* checkStatus({ status }: ResourceQuota): Check {
  yield* checkAmounts("status.hard", status?.hard);
  yield* checkAmounts("status.used", status?.used);
}

const setDefaults = ({ spec, status }: Draft<ResourceQuota>): void => {
  for (const list of [spec?.hard, status?.hard, status?.used]) defaultResourceList(list);
};

/** `pods: 1/10, requests.cpu: 1/4`. upstream: printResourceQuota */
const amountsText = ({ status }: ResourceQuota, isLimit: boolean): string =>
  Object.keys(status?.hard ?? {})
    .filter((name) => name.startsWith("limits.") === isLimit)
    .toSorted()
    .map((name) => `${name}: ${status?.used?.[name] ?? "0"}/${status?.hard?.[name] ?? "0"}`)
    .join(", ");

const REQUEST = "Request represents a minimum amount of cpu/memory that a container may consume.";
const LIMIT = "Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.";

/** ResourceQuotas: how much a namespace may have of everything. */
export const resourceQuotas: Kind<ResourceQuota> = {
  group: "",
  version: "v1",
  resource: "resourcequotas",
  kind: "ResourceQuota",
  namespaced: true,
  singular: "resourcequota",
  listKind: "ResourceQuotaList",
  shortNames: ["quota"],
  categories: [],
  verbs: storedVerbs,
  model: "V1ResourceQuota",
  bucket: "objects",
  status: true,
  subresources: {},
  columns: [
    nameColumn,
    column("Request", "string", REQUEST, (quota) => amountsText(quota, false)),
    column("Limit", "string", LIMIT, (quota) => amountsText(quota, true)),
    ageColumn,
  ],
  setDefaults,
  validate: (object, old, subresource) => [...(subresource === "status" ? checkStatus(object) : checkSpec(object.spec ?? {}, old))],
  strategy: { generation: false, returnsDeleted: true, prepareForCreate: (draft) => void (draft.status = {}) },
};

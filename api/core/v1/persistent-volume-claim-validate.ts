// What a claim must be. upstream: pkg/apis/core/validation/validation.go (ValidatePersistentVolumeClaim…)
import type {
  V1PersistentVolumeClaim,
  V1PersistentVolumeClaimSpec,
  V1TypedLocalObjectReference,
  V1TypedObjectReference,
} from "#api/generated/types.ts";
import { immutable, isEmpty, needed, oneOf, optionalAs, type Check } from "#api/meta/check.ts";
import { forbiddenField, invalidValue, required } from "#api/meta/field-error.ts";
import { dns1123Label, dns1123Subdomain } from "#api/meta/names.ts";
import { compareQuantities } from "#api/meta/quantity.ts";
import { differences, semanticEqual } from "#api/meta/semantic-equal.ts";
import { checkLabelSelector } from "#api/meta/validate-selector.ts";
import { checkAccessModes } from "./access-modes.ts";
import { checkResourceAmount } from "./pod-spec/validate-resources.ts";
import { readQuantity, type ResourceList } from "./resource-list.ts";

const FIXED = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

/** An amount of storage above zero. upstream: ValidatePositiveQuantityValue */
export function* checkStorageAmount(path: string, name: string, amount: string): Check {
  yield* checkResourceAmount(path, name, amount);
  const quantity = readQuantity(amount);
  if (quantity !== undefined && quantity.nano <= 0n) yield invalidValue(path, amount, "must be greater than zero");
}

function* checkSource(path: string, source: V1TypedLocalObjectReference | V1TypedObjectReference | undefined): Check {
  if (source === undefined) return;
  yield* needed(`${path}.name`, source.name);
  yield* needed(`${path}.kind`, source.kind);
  if (isEmpty(source.apiGroup) && source.kind !== "PersistentVolumeClaim") yield invalidValue(path, source.kind ?? "", "");
  yield* optionalAs(`${path}.apiGroup`, source.apiGroup, dns1123Subdomain);
}

function* checkSources(path: string, { dataSource, dataSourceRef }: V1PersistentVolumeClaimSpec): Check {
  yield* checkSource(`${path}.dataSource`, dataSource);
  yield* checkSource(`${path}.dataSourceRef`, dataSourceRef);
  yield* optionalAs(`${path}.dataSourceRef.namespace`, dataSourceRef?.namespace, dns1123Label);
  if (!isEmpty(dataSourceRef?.namespace)) {
    if (dataSource === undefined) return;
    yield invalidValue(path, `${path}.dataSource`, "may not be specified when dataSourceRef.namespace is specified");
  } else if (dataSource !== undefined && dataSourceRef !== undefined && !semanticEqual(dataSource, dataSourceRef)) {
    yield invalidValue(path, `${path}.dataSource.dataSourceRef`, "must match dataSourceRef");
  }
}

/** The spec of a claim, wherever it stands. upstream: ValidatePersistentVolumeClaimSpec */
export function* checkClaimSpec(path: string, spec: V1PersistentVolumeClaimSpec): Check {
  yield* checkLabelSelector(`${path}.selector`, spec.selector);
  yield* checkAccessModes(`${path}.accessModes`, spec.accessModes);
  const amount = spec.resources?.requests?.["storage"];
  if (amount === undefined) yield required(`${path}.resources[storage]`);
  else yield* checkStorageAmount(`${path}.resources[storage]`, "storage", amount);
  yield* optionalAs(`${path}.storageClassName`, spec.storageClassName, dns1123Subdomain);
  yield* oneOf(`${path}.volumeMode`, spec.volumeMode, ["Block", "Filesystem"]);
  yield* checkSources(path, spec);
  yield* optionalAs(`${path}.volumeAttributesClassName`, spec.volumeAttributesClassName, dns1123Subdomain);
}

const storageOf = (list: ResourceList | undefined): string | undefined => list?.["storage"];

/** What may differ: the volume once it is found, the size of a bound claim, the class of attributes. */
const comparable = (spec: V1PersistentVolumeClaimSpec, other: V1PersistentVolumeClaimSpec, isBound: boolean): object => {
  const { requests, ...rest } = spec.resources ?? {};
  const { storage: _size, ...others } = requests ?? {};
  return {
    ...spec,
    volumeAttributesClassName: undefined,
    volumeName: isEmpty(other.volumeName) ? undefined : spec.volumeName,
    storageClassName: other.storageClassName === undefined ? undefined : spec.storageClassName,
    resources: isBound ? { ...rest, requests: others } : spec.resources,
  };
};

const requestedOf = ({ spec }: V1PersistentVolumeClaim) => readQuantity(storageOf(spec?.resources?.requests) ?? "");

function* checkSize(claim: V1PersistentVolumeClaim, old: V1PersistentVolumeClaim): Check {
  const [now, before] = [requestedOf(claim), requestedOf(old)];
  if (now === undefined || before === undefined || compareQuantities(now, before) >= 0) return;
  const actual = readQuantity(storageOf(claim.status?.capacity) ?? "");
  if (actual !== undefined && compareQuantities(now, actual) > 0) return;
  yield forbiddenField("spec.resources.requests.storage", "field can not be less than status.capacity");
}

function* checkUpdate(claim: V1PersistentVolumeClaim, old: V1PersistentVolumeClaim): Check {
  const [spec, before] = [claim.spec ?? {}, old.spec ?? {}];
  const isBound = claim.status?.phase === "Bound";
  const was = comparable(before, before, isBound);
  const is = comparable(spec, before, isBound);
  if (!semanticEqual(is, was)) yield forbiddenField("spec", [FIXED, ...differences("spec", was, is)].join("\n"));
  yield* checkSize(claim, old);
  yield* immutable("spec.volumeMode", spec.volumeMode, before.volumeMode);
  const [now, earlier] = [spec.volumeAttributesClassName, before.volumeAttributesClassName];
  if (!isEmpty(earlier) && now === undefined) {
    yield forbiddenField("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden");
  }
  if (!isEmpty(earlier) && now === "") {
    yield forbiddenField("spec.volumeAttributesClassName", "update from non-nil value to an empty string is forbidden");
  }
}

/** A new claim, or a changed one. */
export function* checkClaim(claim: V1PersistentVolumeClaim, old: V1PersistentVolumeClaim | undefined): Check {
  yield* checkClaimSpec("spec", claim.spec ?? {});
  if (old !== undefined) yield* checkUpdate(claim, old);
}

/** The status of a claim. upstream: ValidatePersistentVolumeClaimStatusUpdate */
export function* checkClaimStatus({ status }: V1PersistentVolumeClaim): Check {
  for (const list of ["capacity", "allocatedResources"] as const) {
    for (const [name, amount] of Object.entries(status?.[list] ?? {})) yield* checkResourceAmount(`status.${list}[${name}]`, name, amount);
  }
}

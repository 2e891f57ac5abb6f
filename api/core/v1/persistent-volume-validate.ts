// What a PersistentVolume must be. upstream: pkg/apis/core/validation/validation.go (ValidatePersistentVolume…)
import type { V1PersistentVolume, V1PersistentVolumeSpec } from "#api/generated/types.ts";
import { immutable, isEmpty, oneOf, optionalAs, type Check } from "#api/meta/check.ts";
import { forbiddenField, invalidValue, notSupported, required } from "#api/meta/field-error.ts";
import { dns1123Subdomain } from "#api/meta/names.ts";
import { differences, semanticEqual } from "#api/meta/semantic-equal.ts";
import { checkAccessModes } from "./access-modes.ts";
import { checkNodeSelector } from "./node-affinity.ts";
import { checkStorageAmount } from "./persistent-volume-claim-validate.ts";
import { checkPersistentSource, SOURCE_NAMES } from "./persistent-volume-sources.ts";

const RECLAIM_POLICIES = ["Delete", "Recycle", "Retain"];

function* checkSource(path: string, spec: V1PersistentVolumeSpec): Check {
  const [first, ...others] = SOURCE_NAMES.filter((name) => spec[name] !== undefined);
  if (first === undefined) yield required(path, "must specify a volume type");
  else yield* checkPersistentSource(path, first, spec);
  for (const name of others) yield forbiddenField(`${path}.${name}`, "may not specify more than 1 volume type");
}

function* checkAffinity(path: string, { nodeAffinity }: V1PersistentVolumeSpec): Check {
  if (nodeAffinity === undefined) return;
  if (nodeAffinity.required === undefined) yield required(`${path}.nodeAffinity.required`, "must specify required node constraints");
  else yield* checkNodeSelector(`${path}.nodeAffinity.required`, nodeAffinity.required);
}

/** What an attachment says of a volume that is nowhere else. upstream: ValidatePersistentVolumeSpec, inline */
export function* checkVolumeSource(path: string, spec: V1PersistentVolumeSpec): Check {
  yield* checkAccessModes(`${path}.accessModes`, spec.accessModes);
  yield* checkAffinity(path, spec);
  yield* checkSource(path, spec);
  if (spec.local !== undefined && spec.nodeAffinity === undefined) {
    yield required(`${path}.nodeAffinity`, "Local volume requires node affinity");
  }
  yield* optionalAs(`${path}.storageClassName`, spec.storageClassName, dns1123Subdomain);
  yield* oneOf(`${path}.volumeMode`, spec.volumeMode, ["Block", "Filesystem"]);
}

function* checkCapacity({ capacity = {} }: V1PersistentVolumeSpec): Check {
  const names = Object.keys(capacity);
  if (names.length === 0) yield required("spec.capacity");
  if (!names.includes("storage") || names.length > 1) yield notSupported("spec.capacity", capacity, ["storage"]);
  for (const name of names) yield* checkStorageAmount(`spec.capacity[${name}]`, name, capacity[name] ?? "");
}

function* checkSpec(spec: V1PersistentVolumeSpec): Check {
  yield* checkCapacity(spec);
  yield* oneOf("spec.persistentVolumeReclaimPolicy", spec.persistentVolumeReclaimPolicy, RECLAIM_POLICIES);
  yield* checkVolumeSource("spec", spec);
  if (spec.hostPath?.path === "/" && spec.persistentVolumeReclaimPolicy === "Recycle") {
    yield forbiddenField("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'");
  }
  const attributes = spec.volumeAttributesClassName;
  if (attributes === "") yield required("spec.volumeAttributesClassName", "an empty string is disallowed");
  yield* optionalAs("spec.volumeAttributesClassName", attributes, dns1123Subdomain);
  if (!isEmpty(attributes) && spec.csi === undefined) {
    yield required("spec.csi", "has to be specified when using volumeAttributesClassName");
  }
}

const sourceOf = (spec: V1PersistentVolumeSpec): object => Object.fromEntries(SOURCE_NAMES.map((name) => [name, spec[name]]));

function* checkUpdate(spec: V1PersistentVolumeSpec, old: V1PersistentVolumeSpec): Check {
  const [is, was] = [sourceOf(spec), sourceOf(old)];
  if (!semanticEqual(is, was)) {
    const lines = ["spec.persistentvolumesource is immutable after creation", ...differences("spec", was, is)];
    yield forbiddenField("spec.persistentvolumesource", lines.join("\n"));
  }
  yield* immutable("spec.volumeMode", spec.volumeMode, old.volumeMode);
  if (old.nodeAffinity !== undefined && !semanticEqual(spec.nodeAffinity, old.nodeAffinity)) {
    yield invalidValue("spec.nodeAffinity", spec.nodeAffinity ?? null, "field is immutable");
  }
}

/** A new volume, or a changed one. */
export function* checkVolume({ spec = {} }: V1PersistentVolume, old: V1PersistentVolume | undefined): Check {
  yield* checkSpec(spec);
  if (old !== undefined) yield* checkUpdate(spec, old.spec ?? {});
}

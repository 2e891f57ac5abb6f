// What claims of volumes cost, as a whole and by their storage class. upstream: pkg/quota/v1/evaluator/core/persistent_volume_claims.go
import type { V1PersistentVolumeClaim } from "#api/generated/types.ts";
import type { ResourceList } from "#api/core/v1/resource-list.ts";
import { satisfies, type Evaluator } from "./scopes.ts";

const NAMES = ["count/persistentvolumeclaims", "persistentvolumeclaims", "requests.storage"];
const CLASS = ".storageclass.storage.k8s.io/";
const OLD_CLASS = "volume.beta.kubernetes.io/storage-class";

/** upstream: GetPersistentVolumeClaimClass */
export const classOfClaim = ({ metadata, spec }: V1PersistentVolumeClaim): string =>
  metadata?.annotations?.[OLD_CLASS] ?? spec?.storageClassName ?? "";

const usage = (claim: V1PersistentVolumeClaim): ResourceList => {
  const storage = claim.spec?.resources?.requests?.["storage"];
  const own = { persistentvolumeclaims: "1", ...(storage === undefined ? {} : { "requests.storage": storage }) };
  const storageClass = classOfClaim(claim);
  const ofClass = Object.entries(own).map(([name, amount]) => [`${storageClass}${CLASS}${name}`, amount] as const);
  return { "count/persistentvolumeclaims": "1", ...own, ...(storageClass === "" ? {} : Object.fromEntries(ofClass)) };
};

export const claimEvaluator: Evaluator<V1PersistentVolumeClaim> = {
  counts: (name) => NAMES.includes(name) || NAMES.slice(1).some((one) => name.endsWith(`${CLASS}${one}`)),
  charges: (operation, subresource) => subresource === "" && (operation === "CREATE" || operation === "UPDATE"),
  usage,
  scopes: ({ spec }, requirement) =>
    requirement.scopeName === "VolumeAttributesClass" && satisfies(spec?.volumeAttributesClassName, requirement),
};

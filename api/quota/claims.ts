// What claims of volumes cost, as a whole and by their storage class. upstream: pkg/quota/v1/evaluator/core/persistent_volume_claims.go
import type { V1PersistentVolumeClaim } from "#api/generated/types.ts";
import { storageClassOf } from "#api/core/v1/persistent-volume-claim.ts";
import type { ResourceList } from "#api/core/v1/resource-list.ts";
import { satisfies, type Evaluator } from "./scopes.ts";

const NAMES = ["count/persistentvolumeclaims", "persistentvolumeclaims", "requests.storage"];
const CLASS = ".storageclass.storage.k8s.io/";

const usage = (claim: V1PersistentVolumeClaim): ResourceList => {
  const storage = claim.spec?.resources?.requests?.["storage"];
  const own = { persistentvolumeclaims: "1", ...(storage === undefined ? {} : { "requests.storage": storage }) };
  const storageClass = storageClassOf(claim);
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

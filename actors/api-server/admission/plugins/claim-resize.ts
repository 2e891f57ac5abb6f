// PersistentVolumeClaimResize: a claim grows only when it is bound and its class allows it.
// upstream: plugin/pkg/admission/storage/persistentvolume/resize/admission.go
import { persistentVolumeClaims, storageClassOf, type PersistentVolumeClaim } from "#api/core/v1/persistent-volume-claim.ts";
import { compareQuantities } from "#api/meta/quantity.ts";
import { storageClasses } from "#api/storage/v1/storage-class.ts";
import { isFor, refuse, type Attributes, type Plugin, type Surroundings, type Verdict } from "../plugin.ts";

const sizeOf = ({ spec }: PersistentVolumeClaim): string => spec?.resources?.requests?.["storage"] ?? "0";

/** Both the class that it has and the one that it had allow it. */
const mayGrow = (claims: readonly PersistentVolumeClaim[], around: Surroundings): boolean =>
  claims.every((claim) => around.find(storageClasses, "", storageClassOf(claim))?.allowVolumeExpansion === true);

const validate = (attributes: Attributes, around: Surroundings): Verdict => {
  if (attributes.operation !== "UPDATE" || !isFor(attributes, persistentVolumeClaims)) return undefined;
  const [claim, old] = [attributes.object as PersistentVolumeClaim, attributes.old as PersistentVolumeClaim];
  if (compareQuantities(sizeOf(claim), sizeOf(old)) <= 0) return undefined;
  if (old.status?.phase !== "Bound") return refuse(attributes, "Only bound persistent volume claims can be expanded");
  if (mayGrow([claim, old], around)) return undefined;
  const why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
  return refuse(attributes, why);
};

export const claimResize: Plugin = { name: "PersistentVolumeClaimResize", validate };

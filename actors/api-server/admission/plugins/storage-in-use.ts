// StorageObjectInUseProtection: volumes, claims and classes of attributes have a finalizer, which their controllers take off
// when nobody uses them.
// upstream: plugin/pkg/admission/storage/storageobjectinuseprotection/admission.go
import { CLAIM_PROTECTION, persistentVolumeClaims } from "#api/core/v1/persistent-volume-claim.ts";
import { persistentVolumes, VOLUME_PROTECTION } from "#api/core/v1/persistent-volume.ts";
import { CLASS_PROTECTION, volumeAttributesClasses } from "#api/storage/v1/volume-attributes-class.ts";
import { isFor, type Attributes, type Plugin } from "../plugin.ts";

const finalizerOf = (attributes: Attributes): string | undefined => {
  if (isFor(attributes, persistentVolumeClaims)) return CLAIM_PROTECTION;
  if (isFor(attributes, persistentVolumes)) return VOLUME_PROTECTION;
  return isFor(attributes, volumeAttributesClasses) ? CLASS_PROTECTION : undefined;
};

const admit = (attributes: Attributes): undefined => {
  const { operation, object } = attributes;
  const finalizer = operation === "CREATE" ? finalizerOf(attributes) : undefined;
  const present = object?.metadata?.finalizers ?? [];
  if (object === undefined || finalizer === undefined || present.includes(finalizer)) return;
  object.metadata = { ...object.metadata, finalizers: [...present, finalizer] };
};

export const storageObjectInUseProtection: Plugin = { name: "StorageObjectInUseProtection", admit };

import type { V1PersistentVolumeClaim } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { isEmpty } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn, wideColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import type { Draft } from "#api/meta/object.ts";
import { accessModesText } from "./access-modes.ts";
import { defaultClaim, joinDataSources } from "./persistent-volume-claim-spec.ts";
import { checkClaim, checkClaimStatus } from "./persistent-volume-claim-validate.ts";

export type PersistentVolumeClaim = V1PersistentVolumeClaim;

/** Older objects name their class so. */
export const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

/** The finalizer of claims: pods may use them. upstream: volumeutil.PVCProtectionFinalizer */
export const CLAIM_PROTECTION = "kubernetes.io/pvc-protection";

/** The class of a claim or volume. upstream: helper.GetPersistentVolumeClaimClass */
export const storageClassOf = (object: Pick<PersistentVolumeClaim, "metadata" | "spec">): string =>
  object.metadata?.annotations?.[CLASS_ANNOTATION] ?? object.spec?.storageClassName ?? "";

const prepareForCreate = (draft: Draft<PersistentVolumeClaim>): void => {
  draft.status = { phase: "Pending" };
  if (draft.spec !== undefined) joinDataSources(draft.spec);
};

const prepareForUpdate = (draft: Draft<PersistentVolumeClaim>): void => {
  if (draft.spec !== undefined) joinDataSources(draft.spec);
};

const isBound = ({ spec }: PersistentVolumeClaim): boolean => !isEmpty(spec?.volumeName);

const doc = (field: string): string => docOf("V1PersistentVolumeClaimSpec", field);

/** PersistentVolumeClaims: a wish for storage, and the volume it got. */
export const persistentVolumeClaims: Kind<PersistentVolumeClaim> = {
  group: "",
  version: "v1",
  resource: "persistentvolumeclaims",
  kind: "PersistentVolumeClaim",
  namespaced: true,
  singular: "persistentvolumeclaim",
  listKind: "PersistentVolumeClaimList",
  shortNames: ["pvc"],
  categories: [],
  verbs: storedVerbs,
  model: "V1PersistentVolumeClaim",
  bucket: "objects",
  status: true,
  subresources: {},
  columns: [
    nameColumn,
    column("Status", "string", docOf("V1PersistentVolumeClaimStatus", "phase"), ({ metadata, status }) =>
      metadata?.deletionTimestamp === undefined ? (status?.phase ?? "") : "Terminating",
    ),
    column("Volume", "string", doc("volumeName"), ({ spec }) => spec?.volumeName ?? ""),
    column("Capacity", "string", docOf("V1PersistentVolumeClaimStatus", "capacity"), (claim) =>
      isBound(claim) ? (claim.status?.capacity?.["storage"] ?? "0") : "",
    ),
    column("Access Modes", "string", docOf("V1PersistentVolumeClaimStatus", "accessModes"), (claim) =>
      isBound(claim) ? accessModesText(claim.status?.accessModes) : "",
    ),
    column("StorageClass", "string", "StorageClass of the pvc", storageClassOf),
    column(
      "VolumeAttributesClass",
      "string",
      "VolumeAttributesClass of the pvc",
      ({ spec }) => spec?.volumeAttributesClassName ?? "<unset>",
    ),
    ageColumn,
    wideColumn("VolumeMode", "string", doc("volumeMode"), ({ spec }) => spec?.volumeMode ?? "<unset>"),
  ],
  setDefaults: defaultClaim,
  validate: (object, old, subresource) => [...(subresource === "status" ? checkClaimStatus(object) : checkClaim(object, old))],
  strategy: { generation: false, returnsDeleted: true, prepareForCreate, prepareForUpdate },
};

import type { V1PersistentVolume } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { ageColumn, column, nameColumn, wideColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import type { Draft } from "#api/meta/object.ts";
import { accessModesText } from "./access-modes.ts";
import { defaultPersistentSources } from "./persistent-volume-sources.ts";
import { storageClassOf } from "./persistent-volume-claim.ts";
import { checkVolume } from "./persistent-volume-validate.ts";
import { defaultResourceList } from "./resource-list.ts";

export type PersistentVolume = V1PersistentVolume;

/** The finalizer of volumes: claims may be bound to them. upstream: volumeutil.PVProtectionFinalizer */
export const VOLUME_PROTECTION = "kubernetes.io/pv-protection";

/** upstream: pkg/apis/core/v1/defaults.go SetDefaults_PersistentVolume */
const setDefaults = (draft: Draft<PersistentVolume>): void => {
  const spec = (draft.spec ??= {});
  (draft.status ??= {}).phase ||= "Pending";
  spec.persistentVolumeReclaimPolicy ||= "Retain";
  spec.volumeMode ??= "Filesystem";
  defaultResourceList(spec.capacity);
  defaultPersistentSources(spec);
};

const prepareForCreate = (draft: Draft<PersistentVolume>, now: string): void => {
  draft.status = { phase: "Pending", lastPhaseTransitionTime: now };
};

/** A phase that changes says when. upstream: pkg/registry/core/persistentvolume/strategy.go */
const prepareForUpdate = ({ status }: Draft<PersistentVolume>, old: PersistentVolume, subresource: string, now: string): void => {
  if (subresource !== "status" || status === undefined || status.phase === old.status?.phase) return;
  if (status.lastPhaseTransitionTime === old.status?.lastPhaseTransitionTime) status.lastPhaseTransitionTime = now;
};

const claimText = ({ spec }: PersistentVolume): string => {
  const claim = spec?.claimRef;
  return claim === undefined ? "" : `${claim.namespace ?? ""}/${claim.name ?? ""}`;
};

const CLAIM =
  "claimRef is part of a bi-directional binding between PersistentVolume and PersistentVolumeClaim. Expected to be non-nil when bound. claim.VolumeName is the authoritative bind between PV and PVC. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#binding";

const doc = (field: string): string => docOf("V1PersistentVolumeSpec", field);

/** PersistentVolumes: storage of the cluster. */
export const persistentVolumes: Kind<PersistentVolume> = {
  group: "",
  version: "v1",
  resource: "persistentvolumes",
  kind: "PersistentVolume",
  namespaced: false,
  singular: "persistentvolume",
  listKind: "PersistentVolumeList",
  shortNames: ["pv"],
  categories: [],
  verbs: storedVerbs,
  model: "V1PersistentVolume",
  bucket: "objects",
  status: true,
  subresources: {},
  columns: [
    nameColumn,
    column("Capacity", "string", doc("capacity"), ({ spec }) => spec?.capacity?.["storage"] ?? "0"),
    column("Access Modes", "string", doc("accessModes"), ({ spec }) => accessModesText(spec?.accessModes)),
    column("Reclaim Policy", "string", doc("persistentVolumeReclaimPolicy"), ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? ""),
    column("Status", "string", docOf("V1PersistentVolumeStatus", "phase"), ({ metadata, status }) =>
      metadata?.deletionTimestamp === undefined ? (status?.phase ?? "") : "Terminating",
    ),
    column("Claim", "string", CLAIM, claimText),
    column("StorageClass", "string", "StorageClass of the pv", ({ metadata, spec }) =>
      storageClassOf({ metadata, spec: { storageClassName: spec?.storageClassName } }),
    ),
    column(
      "VolumeAttributesClass",
      "string",
      "VolumeAttributesClass of the pv",
      ({ spec }) => spec?.volumeAttributesClassName ?? "<unset>",
    ),
    column("Reason", "string", docOf("V1PersistentVolumeStatus", "reason"), ({ status }) => status?.reason ?? ""),
    ageColumn,
    wideColumn("VolumeMode", "string", doc("volumeMode"), ({ spec }) => spec?.volumeMode ?? "<unset>"),
  ],
  setDefaults,
  validate: (object, old, subresource) => (subresource === "status" ? [] : [...checkVolume(object, old)]),
  strategy: { generation: false, returnsDeleted: true, prepareForCreate, prepareForUpdate },
};

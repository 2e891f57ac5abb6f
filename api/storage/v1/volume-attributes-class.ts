import type { V1VolumeAttributesClass } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { deepEqual } from "#api/meta/equal.ts";
import { forbiddenField } from "#api/meta/field-error.ts";
import { checkDriverName } from "./csi-driver-name.ts";
import { defaultMark } from "./default-class.ts";
import { checkParameters } from "./storage-class.ts";

export type VolumeAttributesClass = V1VolumeAttributesClass;

/** Keeps a class while a volume or a claim uses it. upstream: pkg/volume/util/finalizer.go VACProtectionFinalizer */
export const CLASS_PROTECTION = "kubernetes.io/vac-protection";

/** upstream: pkg/apis/storage/validation/validation.go (ValidateVolumeAttributesClass, …Update) */
function* check({ driverName, parameters }: VolumeAttributesClass, old: VolumeAttributesClass | undefined): Check {
  if (old === undefined) {
    yield* checkDriverName("driverName", driverName);
    return yield* checkParameters("parameters", parameters, true);
  }
  if (driverName !== old.driverName) yield forbiddenField("driverName", "updates to driverName are forbidden.");
  if (!deepEqual(parameters ?? {}, old.parameters ?? {})) yield forbiddenField("parameters", "updates to parameters are forbidden.");
}

/** VolumeAttributesClasses: what of a volume may change while it is used. */
export const volumeAttributesClasses: Kind<VolumeAttributesClass> = {
  group: "storage.k8s.io",
  version: "v1",
  resource: "volumeattributesclasses",
  kind: "VolumeAttributesClass",
  namespaced: false,
  singular: "volumeattributesclass",
  listKind: "VolumeAttributesClassList",
  shortNames: ["vac"],
  categories: [],
  verbs: storedVerbs,
  model: "V1VolumeAttributesClass",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [
    { ...nameColumn, value: (object) => `${object.metadata?.name ?? ""}${defaultMark("volumeattributesclass", object)}` },
    column("DriverName", "string", docOf("V1VolumeAttributesClass", "driverName"), ({ driverName }) => driverName ?? ""),
    ageColumn,
  ],
  validate: (object, old) => [...check(object, old)],
  strategy: { generation: false, returnsDeleted: true },
};

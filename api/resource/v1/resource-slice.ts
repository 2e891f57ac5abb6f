import type { V1ResourceSlice, V1ResourceSliceSpec } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { selectable } from "#api/meta/fields.ts";
import type { Draft } from "#api/meta/object.ts";
import { checkSlice } from "./resource-slice-validate.ts";

export type ResourceSlice = V1ResourceSlice;

/** Taints say when they came. upstream: pkg/apis/resource/v1/defaults.go SetDefaults_DeviceTaint */
const dateTaints = ({ spec }: Draft<ResourceSlice>, now: string): void => {
  for (const { taints } of spec?.devices ?? []) for (const taint of taints ?? []) taint.timeAdded ??= now;
};

const doc = (field: string): string => docOf("V1ResourceSliceSpec", field);

const spec = ({ spec: given }: ResourceSlice): Partial<V1ResourceSliceSpec> => given ?? {};

/** ResourceSlices: the devices that drivers have. */
export const resourceSlices: Kind<ResourceSlice> = {
  group: "resource.k8s.io",
  version: "v1",
  resource: "resourceslices",
  kind: "ResourceSlice",
  namespaced: false,
  singular: "resourceslice",
  listKind: "ResourceSliceList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1ResourceSlice",
  bucket: "objects",
  status: false,
  subresources: {},
  fields: selectable({ "spec.driver": "", "spec.nodeName": "" }),
  columns: [
    nameColumn,
    column("Node", "string", doc("nodeName"), (slice) => spec(slice).nodeName ?? "<unset>"),
    column("Driver", "string", doc("driver"), (slice) => spec(slice).driver ?? ""),
    column("Pool", "string", docOf("V1ResourcePool", "name"), (slice) => spec(slice).pool?.name ?? ""),
    ageColumn,
  ],
  validate: (object, old) => [...checkSlice(object, old)],
  strategy: {
    generation: true,
    returnsDeleted: true,
    prepareForCreate: dateTaints,
    prepareForUpdate: (draft, _old, _subresource, now) => dateTaints(draft, now),
  },
};

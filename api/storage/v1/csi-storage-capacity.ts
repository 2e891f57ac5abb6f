import { readQuantity, storedQuantity } from "#api/core/v1/resource-list.ts";
import type { V1CSIStorageCapacity } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { immutable, neededAs, type Check } from "#api/meta/check.ts";
import { column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { invalidValue } from "#api/meta/field-error.ts";
import { dns1123Subdomain } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";
import { checkLabelSelector } from "#api/meta/validate-selector.ts";

export type CSIStorageCapacity = V1CSIStorageCapacity;

const setDefaults = (draft: Draft<CSIStorageCapacity>): void => {
  for (const field of ["capacity", "maximumVolumeSize"] as const) {
    const amount = draft[field];
    if (amount !== undefined) draft[field] = storedQuantity(amount);
  }
};

/** upstream: pkg/apis/storage/validation/validation.go (ValidateCSIStorageCapacity, …Update) */
function* check(object: CSIStorageCapacity, old: CSIStorageCapacity | undefined): Check {
  yield* checkLabelSelector("nodeTopology", object.nodeTopology);
  yield* neededAs("storageClassName", object.storageClassName, dns1123Subdomain);
  for (const field of ["capacity", "maximumVolumeSize"] as const) {
    const amount = object[field];
    if (amount === undefined) continue;
    if ((readQuantity(amount)?.nano ?? -1n) < 0n) yield invalidValue(field, amount, "must be greater than or equal to 0");
  }
  if (old === undefined) return;
  yield* immutable("nodeTopology", object.nodeTopology, old.nodeTopology);
  yield* immutable("storageClassName", object.storageClassName, old.storageClassName);
}

const doc = (field: string): string => docOf("V1CSIStorageCapacity", field);

/** CSIStorageCapacities: how much a driver has left for a class, and where. */
export const csiStorageCapacities: Kind<CSIStorageCapacity> = {
  group: "storage.k8s.io",
  version: "v1",
  resource: "csistoragecapacities",
  kind: "CSIStorageCapacity",
  namespaced: true,
  singular: "csistoragecapacity",
  listKind: "CSIStorageCapacityList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1CSIStorageCapacity",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [
    nameColumn,
    column("StorageClassName", "string", doc("storageClassName"), ({ storageClassName }) => storageClassName ?? ""),
    column("Capacity", "string", doc("capacity"), ({ capacity }) => capacity ?? "<unset>"),
  ],
  setDefaults,
  validate: (object, old) => [...check(object, old)],
  strategy: { generation: false },
};

import type { V1CSINode, V1CSINodeDriver } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { broken, each, isEmpty, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { deepEqual } from "#api/meta/equal.ts";
import { duplicate, invalidValue, required } from "#api/meta/field-error.ts";
import { qualifiedName } from "#api/meta/names.ts";
import { checkDriverName } from "./csi-driver-name.ts";

export type CSINode = V1CSINode;

const MAX_ID_BYTES = 192;
const DRIVERS = "Drivers indicates the number of CSI drivers registered on the node";

function* checkTopology(path: string, keys: readonly string[]): Check {
  for (const [key, , index] of each(path, keys)) {
    if (key === "") yield required(path, "");
    if (keys.indexOf(key) < index) yield duplicate(path, key);
    yield* broken(path, key, qualifiedName(key));
  }
}

function* checkDriver(path: string, { name, nodeID, topologyKeys = [], allocatable }: V1CSINodeDriver): Check {
  yield* checkDriverName(`${path}.name`, name);
  if (isEmpty(nodeID)) yield required(`${path}.nodeID`, nodeID ?? "");
  else if (nodeID.length > MAX_ID_BYTES) yield invalidValue(`${path}.nodeID`, nodeID, `must be ${MAX_ID_BYTES} characters or less`);
  const count = allocatable?.count;
  if (count !== undefined && count < 0) yield invalidValue(`${path}.allocatable.count`, count, "must be greater than or equal to 0");
  yield* checkTopology(path, topologyKeys);
}

const fixed = (driver: V1CSINodeDriver): object => ({ ...driver, allocatable: undefined });

function* checkFixed(drivers: readonly V1CSINodeDriver[], before: readonly V1CSINodeDriver[]): Check {
  for (const old of before) {
    const driver = drivers.find(({ name }) => name === old.name);
    if (driver !== undefined && !deepEqual(fixed(driver), fixed(old))) yield invalidValue("drivers", driver, "field is immutable");
  }
}

/** upstream: pkg/apis/storage/validation/validation.go (ValidateCSINode, ValidateCSINodeUpdate) */
function* check({ spec }: CSINode, old: CSINode | undefined): Check {
  const names = new Set<string>();
  for (const [driver, at] of each("spec.drivers", spec?.drivers)) {
    yield* checkDriver(at, driver);
    if (names.has(driver.name)) yield duplicate(`${at}.name`, driver.name);
    names.add(driver.name);
  }
  yield* checkFixed(spec?.drivers ?? [], old?.spec?.drivers ?? []);
}

/** CSINodes: the storage drivers of a node. */
export const csiNodes: Kind<CSINode> = {
  group: "storage.k8s.io",
  version: "v1",
  resource: "csinodes",
  kind: "CSINode",
  namespaced: false,
  singular: "csinode",
  listKind: "CSINodeList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1CSINode",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [nameColumn, column("Drivers", "integer", DRIVERS, ({ spec }) => spec?.drivers?.length ?? 0), ageColumn],
  validate: (object, old) => [...check(object, old)],
  strategy: { generation: false, returnsDeleted: true },
};

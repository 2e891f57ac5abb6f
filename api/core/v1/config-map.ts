import type { V1ConfigMap } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { broken, eachKey, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { invalidValue, tooLong } from "#api/meta/field-error.ts";
import { configMapKey } from "#api/meta/names.ts";
import { utf8Bytes } from "#api/meta/size.ts";
import { base64Bytes } from "./base64.ts";
import { checkSealed, MAX_DATA_BYTES } from "./sealed.ts";

export type ConfigMap = V1ConfigMap;

const totalBytes = ({ data = {}, binaryData = {} }: ConfigMap): number =>
  Object.values(data).reduce((sum, text) => sum + utf8Bytes(text), 0) +
  Object.values(binaryData).reduce((sum, text) => sum + base64Bytes(text), 0);

function* check(map: ConfigMap): Check {
  for (const [key, , at] of eachKey("data", map.data)) {
    yield* broken(at, key, configMapKey(key));
    if (map.binaryData?.[key] !== undefined) yield invalidValue(at, key, "duplicate of key present in binaryData");
  }
  for (const [key, , at] of eachKey("binaryData", map.binaryData)) yield* broken(at, key, configMapKey(key));
  if (totalBytes(map) > MAX_DATA_BYTES) yield tooLong("[]", MAX_DATA_BYTES);
}

function* checkAll(map: ConfigMap, old: ConfigMap | undefined): Check {
  if (old !== undefined) yield* checkSealed(map, old, ["data", "binaryData"]);
  yield* check(map);
}

const count = ({ data = {}, binaryData = {} }: ConfigMap): number => Object.keys(data).length + Object.keys(binaryData).length;

/** ConfigMaps: configuration for pods to consume. */
export const configMaps: Kind<ConfigMap> = {
  group: "",
  version: "v1",
  resource: "configmaps",
  kind: "ConfigMap",
  namespaced: true,
  singular: "configmap",
  listKind: "ConfigMapList",
  shortNames: ["cm"],
  categories: [],
  verbs: storedVerbs,
  model: "V1ConfigMap",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [nameColumn, column("Data", "string", docOf("V1ConfigMap", "data"), count), ageColumn],
  validate: (object, old) => [...checkAll(object, old)],
  strategy: { generation: false },
};

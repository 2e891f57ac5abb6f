import type { V1ConfigMap } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";

export type ConfigMap = V1ConfigMap;

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
  strategy: { generation: false },
};

import type { V1Namespace } from "#api/generated/types.ts";
import type { Kind } from "#api/kind.ts";

export type Namespace = V1Namespace;

/** Namespaces: the scopes that names are unique in. */
export const namespaces: Kind<Namespace> = {
  group: "",
  version: "v1",
  resource: "namespaces",
  kind: "Namespace",
  namespaced: false,
  singular: "namespace",
  listKind: "NamespaceList",
  shortNames: ["ns"],
  categories: [],
  verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
  model: "V1Namespace",
  bucket: "objects",
  status: true,
  subresources: { finalize: { verbs: ["update"], group: "", version: "v1", kind: "Namespace", model: "V1Namespace" } },
  strategy: { generation: false },
};

import type { V1Node } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";

export type Node = V1Node;

/** Nodes: the machines that run pods. */
export const nodes: Kind<Node> = {
  group: "",
  version: "v1",
  resource: "nodes",
  kind: "Node",
  namespaced: false,
  singular: "node",
  listKind: "NodeList",
  shortNames: ["no"],
  categories: [],
  verbs: storedVerbs,
  model: "V1Node",
  bucket: "objects",
  status: true,
  subresources: {
    proxy: { verbs: ["create", "delete", "get", "patch", "update"], group: "", version: "v1", kind: "NodeProxyOptions" },
  },
  strategy: { generation: false },
};

import type { V1Service } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";

export type Service = V1Service;

/** Services: one address for a set of pods. */
export const services: Kind<Service> = {
  group: "",
  version: "v1",
  resource: "services",
  kind: "Service",
  namespaced: true,
  singular: "service",
  listKind: "ServiceList",
  shortNames: ["svc"],
  categories: ["all"],
  verbs: storedVerbs,
  model: "V1Service",
  bucket: "objects",
  status: true,
  subresources: {
    proxy: { verbs: ["create", "delete", "get", "patch", "update"], group: "", version: "v1", kind: "ServiceProxyOptions" },
  },
  strategy: { generation: false },
};

import type { V1Endpoints } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";

export type Endpoints = V1Endpoints;

/** Endpoints: the addresses behind a Service, in their older form. */
export const endpoints: Kind<Endpoints> = {
  group: "",
  version: "v1",
  resource: "endpoints",
  kind: "Endpoints",
  namespaced: true,
  singular: "endpoints",
  listKind: "EndpointsList",
  shortNames: ["ep"],
  categories: [],
  verbs: storedVerbs,
  model: "V1Endpoints",
  bucket: "objects",
  status: false,
  subresources: {},
  strategy: { generation: false },
};

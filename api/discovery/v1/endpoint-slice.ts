import type { V1EndpointSlice } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";

export type EndpointSlice = V1EndpointSlice;

/** EndpointSlices: up to a thousand of the addresses behind a Service. */
export const endpointSlices: Kind<EndpointSlice> = {
  group: "discovery.k8s.io",
  version: "v1",
  resource: "endpointslices",
  kind: "EndpointSlice",
  namespaced: true,
  singular: "endpointslice",
  listKind: "EndpointSliceList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1EndpointSlice",
  bucket: "objects",
  status: false,
  subresources: {},
  strategy: { generation: true },
};

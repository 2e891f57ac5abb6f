// Reads and writes of the EndpointSlice controller.
import { endpointSlices, type EndpointSlice } from "#api/discovery/v1/endpoint-slice.ts";
import type { Stored } from "#api/meta/object.ts";
import { ignoreNotFound } from "#api/meta/status.ts";
import { changesOf, defineController } from "#lib/controller.ts";
import { servicePods } from "../pods/service-pods.ts";
import { decide, SERVICE_LABEL, type Action, type Observed } from "./decide.ts";

/** The key of the Service that a slice is of. */
export const keyOfService = ({ metadata }: Stored<EndpointSlice>): readonly string[] => [
  `${metadata.namespace ?? ""}/${metadata.labels?.[SERVICE_LABEL] ?? ""}`,
];

/** Keeps the EndpointSlices of Services. */
export const endpointSliceController = defineController<Observed, Action>("endpointslice-controller", (ports) => {
  const source = servicePods(ports);
  const slices = ports.informers.of(endpointSlices, { indexers: { service: keyOfService } });
  return {
    watches: [...source.watches, changesOf(slices, keyOfService)],
    observe: (key) => ({ ...source.observe(key), slices: slices.byIndex("service", key) }),
    decide,
    act: async (action, { client, signal }) => {
      if (action.do === "create") await client.create(endpointSlices, action.slice, {}, signal);
      else if (action.do === "update") await client.update(endpointSlices, action.slice, {}, signal);
      else await client.delete(endpointSlices, action.slice.metadata, {}, signal).catch(ignoreNotFound);
    },
    workers: 5,
  };
});

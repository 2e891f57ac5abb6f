// Reads and writes of the controller that mirrors Endpoints into EndpointSlices.
import { endpoints } from "#api/core/v1/endpoints.ts";
import { services } from "#api/core/v1/service.ts";
import { endpointSlices } from "#api/discovery/v1/endpoint-slice.ts";
import { ignoreNotFound, ignoreTerminating } from "#api/meta/status.ts";
import { changesOf, defineController, ownKey } from "#lib/controller.ts";
import { MANAGED_BY } from "../endpoint-slice/decide.ts";
import { keyOfService } from "../endpoint-slice/io.ts";
import { decide, MANAGER, type Action, type Observed } from "./decide.ts";

/** upstream: endpointslicemirroring_controller.go names its recorder otherwise than its service account */
const EVENTS_OF = "endpoint-slice-mirroring-controller";

/** Mirrors the Endpoints that people write themselves. */
export const endpointSliceMirroringController = defineController<Observed, Action>(
  "endpointslicemirroring-controller",
  ({ informers, recorder }) => {
    const allServices = informers.of(services);
    const written = informers.of(endpoints);
    const slices = informers.of(endpointSlices, { indexers: { service: keyOfService } });
    return {
      watches: [
        changesOf(allServices, ownKey),
        changesOf(written, ownKey),
        changesOf(slices, keyOfService, ({ object, old }) =>
          [object, old].some((slice) => slice?.metadata.labels?.[MANAGED_BY] === MANAGER),
        ),
      ],
      observe: (key) => ({ service: allServices.get(key), endpoints: written.get(key), slices: slices.byIndex("service", key) }),
      decide,
      act: async (action, { client, signal }) => {
        if (action.do === "create") await client.create(endpointSlices, action.slice, {}, signal).catch(ignoreTerminating);
        else if (action.do === "update") await client.update(endpointSlices, action.slice, {}, signal);
        else if (action.do === "delete") await client.delete(endpointSlices, action.slice.metadata, {}, signal).catch(ignoreNotFound);
        else
          recorder.record(action.endpoints, {
            type: "Warning",
            reason: "TooManyAddressesToMirror",
            message: action.message,
            component: EVENTS_OF,
          });
      },
      workers: 5,
    };
  },
);

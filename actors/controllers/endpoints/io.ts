// Reads and writes of the Endpoints controller.
import { endpoints } from "#api/core/v1/endpoints.ts";
import { ignoreNotFound } from "#api/meta/status.ts";
import { changesOf, defineController, ownKey } from "#lib/controller.ts";
import { servicePods } from "../pods/service-pods.ts";
import { decide, MANAGED_BY, MANAGER, type Action, type Observed } from "./decide.ts";

/** Keeps the Endpoints of Services. Endpoints that somebody else wrote go only with their Service. */
export const endpointsController = defineController<Observed, Action>("endpoint-controller", (ports) => {
  const source = servicePods(ports);
  const written = ports.informers.of(endpoints);
  return {
    watches: [
      ...source.watches,
      changesOf(written, ownKey, ({ type, object }) => type === "deleted" || object.metadata.labels?.[MANAGED_BY] === MANAGER),
    ],
    observe: (key) => ({ ...source.observe(key), endpoints: written.get(key) }),
    decide,
    act: async (action, { client, signal }) => {
      if (action.do === "create") await client.create(endpoints, action.endpoints, {}, signal);
      else if (action.do === "update") await client.update(endpoints, action.endpoints, {}, signal);
      else await client.delete(endpoints, action.endpoints.metadata, {}, signal).catch(ignoreNotFound);
    },
    workers: 5,
  };
});

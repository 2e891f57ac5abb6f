// Reads and writes of the Endpoints controller. Changes of pods are gathered, as for EndpointSlices.
import { endpoints } from "#api/core/v1/endpoints.ts";
import { pods, type Pod } from "#api/core/v1/pod.ts";
import { services } from "#api/core/v1/service.ts";
import { objectKey, type Stored } from "#api/meta/object.ts";
import { isReason } from "#api/meta/status.ts";
import { changesOf, defineController, ownKey } from "#lib/controller.ts";
import { gathered } from "../pods/gathered.ts";
import { selects } from "../pods/service-pods.ts";
import { decide, MANAGED_BY, MANAGER, type Action, type Observed } from "./decide.ts";

const byNamespace = { namespace: ({ metadata }: Stored) => [metadata.namespace ?? ""] };

/** Keeps the Endpoints of Services. Endpoints that somebody else wrote go only with their Service. */
export const endpointsController = defineController<Observed, Action>("endpoint-controller", ({ informers, clock }) => {
  const all = informers.of(services, { indexers: byNamespace });
  const allPods = informers.of(pods, { indexers: byNamespace });
  const written = informers.of(endpoints);
  const keysOfPod = (pod: Stored<Pod>): readonly string[] =>
    all
      .byIndex("namespace", pod.metadata.namespace ?? "")
      .filter((service) => selects(service, pod))
      .map(objectKey);
  return {
    watches: [
      changesOf(all, ownKey),
      gathered(changesOf(allPods, keysOfPod), clock),
      changesOf(written, ownKey, ({ type, object }) => type === "deleted" || object.metadata.labels?.[MANAGED_BY] === MANAGER),
    ],
    observe: (key) => {
      const service = all.get(key);
      const inNamespace = allPods.byIndex("namespace", service?.metadata.namespace ?? "");
      return {
        service,
        endpoints: written.get(key),
        pods: service === undefined ? [] : inNamespace.filter((pod) => selects(service, pod)),
      };
    },
    decide,
    act: async (action, { client, signal }) => {
      if (action.do === "create") await client.create(endpoints, action.endpoints, {}, signal);
      else if (action.do === "update") await client.update(endpoints, action.endpoints, {}, signal);
      else
        await client.delete(endpoints, action.endpoints.metadata, {}, signal).catch((error: unknown) => {
          if (!isReason(error, "NotFound")) throw error;
        });
    },
    workers: 5,
  };
});

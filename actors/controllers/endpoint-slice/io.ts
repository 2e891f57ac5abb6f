// Reads and writes of the EndpointSlice controller. Changes of pods are gathered for a moment: a slice is written once for
// many pods that become ready together.
import { pods, type Pod } from "#api/core/v1/pod.ts";
import { services } from "#api/core/v1/service.ts";
import { endpointSlices } from "#api/discovery/v1/endpoint-slice.ts";
import { objectKey, type Stored } from "#api/meta/object.ts";
import { isReason } from "#api/meta/status.ts";
import { changesOf, defineController, ownKey } from "#lib/controller.ts";
import { gathered } from "../pods/gathered.ts";
import { selects } from "../pods/service-pods.ts";
import { decide, SERVICE_LABEL, type Action, type Observed } from "./decide.ts";

/** Keeps the EndpointSlices of Services. */
export const endpointSliceController = defineController<Observed, Action>("endpointslice-controller", ({ informers, clock }) => {
  const all = informers.of(services, { indexers: { namespace: ({ metadata }) => [metadata.namespace ?? ""] } });
  const allPods = informers.of(pods, { indexers: { namespace: ({ metadata }) => [metadata.namespace ?? ""] } });
  const slices = informers.of(endpointSlices, {
    indexers: { service: ({ metadata }) => [`${metadata.namespace ?? ""}/${metadata.labels?.[SERVICE_LABEL] ?? ""}`] },
  });
  const keysOfPod = (pod: Stored<Pod>): readonly string[] =>
    all
      .byIndex("namespace", pod.metadata.namespace ?? "")
      .filter((service) => selects(service, pod))
      .map(objectKey);
  return {
    watches: [
      changesOf(all, ownKey),
      gathered(changesOf(allPods, keysOfPod), clock),
      changesOf(slices, ({ metadata }) => [`${metadata.namespace ?? ""}/${metadata.labels?.[SERVICE_LABEL] ?? ""}`]),
    ],
    observe: (key) => {
      const service = all.get(key);
      const selected =
        service === undefined ? [] : allPods.byIndex("namespace", service.metadata.namespace ?? "").filter((pod) => selects(service, pod));
      return { service, pods: selected, slices: slices.byIndex("service", key) };
    },
    decide,
    act: async (action, { client, signal }) => {
      if (action.do === "create") await client.create(endpointSlices, action.slice, {}, signal);
      else if (action.do === "update") await client.update(endpointSlices, action.slice, {}, signal);
      else
        await client.delete(endpointSlices, action.slice.metadata, {}, signal).catch((error: unknown) => {
          if (!isReason(error, "NotFound")) throw error;
        });
    },
    workers: 5,
  };
});

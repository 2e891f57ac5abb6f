// Services and the pods behind them, as both controllers of endpoints read them. Changes of pods are gathered for a moment:
// endpoints are written once for many pods that become ready together.
import { pods, type Pod } from "#api/core/v1/pod.ts";
import { services, type Service } from "#api/core/v1/service.ts";
import { objectKey, type Stored } from "#api/meta/object.ts";
import { matches, selectorOfLabels } from "#api/meta/selector.ts";
import { changesOf, ownKey, type ControllerPorts, type KeySource } from "#lib/controller.ts";
import { gathered } from "./gathered.ts";

/** Whether the Service, in the pod's namespace, selects the pod. One without selector selects nothing. */
const selects = ({ spec }: Service, pod: Stored<Pod>): boolean =>
  spec?.selector !== undefined && matches(selectorOfLabels(spec.selector), pod.metadata.labels);

const indexers = { namespace: ({ metadata }: Stored) => [metadata.namespace ?? ""] };

type ServicePods = {
  /** Keys of Services: they, or the pods that they select, have changed. */
  readonly watches: readonly KeySource[];
  /** A Service, if there is one, and the pods that it selects. */
  readonly observe: (key: string) => { readonly service: Stored<Service> | undefined; readonly pods: readonly Stored<Pod>[] };
};

export const servicePods = ({ informers, clock }: ControllerPorts): ServicePods => {
  const allServices = informers.of(services, { indexers });
  const allPods = informers.of(pods, { indexers });
  const keysOfPod = (pod: Stored<Pod>): readonly string[] =>
    allServices
      .byIndex("namespace", pod.metadata.namespace ?? "")
      .filter((service) => selects(service, pod))
      .map(objectKey);
  return {
    watches: [changesOf(allServices, ownKey), gathered(changesOf(allPods, keysOfPod), clock)],
    observe: (key) => {
      const service = allServices.get(key);
      if (service === undefined) return { service, pods: [] };
      return { service, pods: allPods.byIndex("namespace", service.metadata.namespace ?? "").filter((pod) => selects(service, pod)) };
    },
  };
};

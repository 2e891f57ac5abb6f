// What a pod asks for as a whole: containers, init containers and sidecars together, pod-level resources, overhead.
// upstream: component-helpers/resource/helpers.go (PodRequests, PodLimits) with no options
import type { V1Container, V1PodSpec } from "#api/generated/types.ts";
import { isPodLevelResource } from "./resource-name.ts";
import { addLists, maxLists, type ResourceList } from "./resource-list.ts";

/** An init container that goes on running beside the containers. */
export const isSidecar = (container: { readonly restartPolicy?: string | undefined }): boolean => container.restartPolicy === "Always";

/** Containers and init containers: all that a pod is made with. */
export const lastingContainers = (spec: V1PodSpec): readonly V1Container[] => [...(spec.containers ?? []), ...(spec.initContainers ?? [])];

/**
 * The most that containers need at any time: all containers and sidecars together, or, while an init container runs, it
 * and the sidecars before it. upstream: AggregateContainerRequests, AggregateContainerLimits
 */
export const aggregateContainers = (spec: V1PodSpec, list: (container: V1Container) => ResourceList | undefined): ResourceList => {
  let running: ResourceList = {};
  for (const container of spec.containers ?? []) running = addLists(running, list(container));
  let sidecars: ResourceList = {};
  let starting: ResourceList = {};
  for (const container of spec.initContainers ?? []) {
    const own = list(container);
    if (isSidecar(container)) {
      running = addLists(running, own);
      sidecars = addLists(sidecars, own);
    }
    starting = maxLists(starting, isSidecar(container) ? sidecars : addLists(sidecars, own));
  }
  return maxLists(running, starting);
};

const withPodLevel = (list: ResourceList, podLevel: ResourceList | undefined): ResourceList => {
  const own = Object.entries(podLevel ?? {}).filter(([name]) => isPodLevelResource(name));
  return { ...list, ...Object.fromEntries(own) };
};

/** What the scheduler counts for a pod, its overhead included. */
export const podRequests = (spec: V1PodSpec): ResourceList => {
  const containers = aggregateContainers(spec, ({ resources }) => resources?.requests);
  return addLists(withPodLevel(containers, spec.resources?.requests), spec.overhead);
};

/** What a pod may use at most; its overhead comes on top of limits that there are. */
export const podLimits = (spec: V1PodSpec): ResourceList => {
  const containers = aggregateContainers(spec, ({ resources }) => resources?.limits);
  const limits = withPodLevel(containers, spec.resources?.limits);
  return addLists(limits, Object.fromEntries(Object.entries(spec.overhead ?? {}).filter(([name]) => name in limits)));
};

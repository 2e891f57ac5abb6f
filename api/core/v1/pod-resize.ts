// Changing the cpu and memory of a pod that runs. upstream: pkg/apis/core/validation/validation.go (ValidatePodResize)
import type { V1Container, V1Pod, V1PodSpec, V1ResourceRequirements } from "#api/generated/types.ts";
import { each, type Check } from "#api/meta/check.ts";
import { forbiddenField, invalidValue } from "#api/meta/field-error.ts";
import { semanticEqual, semanticEqualBut } from "#api/meta/semantic-equal.ts";
import { MIRROR_POD } from "./pod-annotations.ts";
import { computeQos, qosOf } from "./pod-qos.ts";
import { isSidecar } from "./pod-resources.ts";
import type { ResourceList } from "./resource-list.ts";

const lost = (list: ResourceList | undefined, old: ResourceList | undefined): boolean =>
  Object.keys(old ?? {}).some((name) => list?.[name] === undefined);

const RESIZABLE: ReadonlySet<string> = new Set(["cpu", "memory"]);

const fixedAmounts = (list: ResourceList | undefined): ResourceList =>
  Object.fromEntries(Object.entries(list ?? {}).filter(([name]) => !RESIZABLE.has(name)));

/** All of a container that a resize leaves alone. */
const fixed = (container: V1Container): object => {
  const { limits, requests } = container.resources ?? {};
  return Object.assign({}, container, { resources: [fixedAmounts(limits), fixedAmounts(requests)], resizePolicy: undefined });
};

function* checkKept(path: string, resources: V1ResourceRequirements = {}, old: V1ResourceRequirements = {}): Check {
  if (lost(resources.requests, old.requests)) yield forbiddenField(`${path}.requests`, "resource requests cannot be removed");
  if (lost(resources.limits, old.limits)) yield forbiddenField(`${path}.limits`, "resource limits cannot be removed");
}

function* checkContainer(path: string, container: V1Container, old: V1Container): Check {
  if (!semanticEqual(fixed(container), fixed(old))) yield forbiddenField("spec", "only cpu and memory resources are mutable");
  else yield* checkKept(`${path}.resources`, container.resources, old.resources);
}

function* checkContainers(path: string, list: readonly V1Container[] = [], old: readonly V1Container[] = []): Check {
  if (list.length !== old.length) yield forbiddenField("spec", "only cpu and memory resources are mutable");
  for (const [container, at, index] of each(path, list)) {
    const was = old[index];
    if (was !== undefined) yield* checkContainer(at, container, was);
  }
}

const isFixed = (container: V1Container): boolean => !isSidecar(container);

function* checkInitContainers(path: string, list: readonly V1Container[] = [], old: readonly V1Container[] = []): Check {
  if (!semanticEqual(list.filter(isFixed), old.filter(isFixed))) {
    yield forbiddenField("spec", "resources for non-sidecar init containers are immutable");
  }
  yield* checkContainers(path, list.filter(isSidecar), old.filter(isSidecar));
}

function* checkSpec(spec: V1PodSpec, old: V1PodSpec): Check {
  yield* checkInitContainers("spec.initContainers", spec.initContainers, old.initContainers);
  yield* checkContainers("spec.containers", spec.containers, old.containers);
  if (semanticEqualBut(spec, old, "containers", "initContainers")) return;
  yield forbiddenField("spec", "only cpu and memory resources are mutable");
}

/** A kubelet that can resize tells what resources a running container has. upstream: isPodResizeRequestSupported */
const isOnOldNode = ({ status }: V1Pod): boolean => {
  const running = status?.containerStatuses?.find(({ state }) => state?.running !== undefined);
  return running !== undefined && running.resources === undefined;
};

/** Every reason why the pod may not become so. */
export function* checkPodResize(pod: V1Pod, old: V1Pod): Check {
  const [spec, oldSpec] = [pod.spec ?? { containers: [] }, old.spec ?? { containers: [] }];
  if (old.metadata?.annotations?.[MIRROR_POD] !== undefined) yield forbiddenField("[]", "static pods cannot be resized");
  if (qosOf(old) !== computeQos(spec)) {
    yield invalidValue("spec", pod.status?.qosClass ?? "", "Pod QOS Class may not change as a result of resizing");
  }
  if (isOnOldNode(old)) yield forbiddenField("spec", "Pod running on node without support for resize may not be resized");
  yield* checkSpec(spec, oldSpec);
}

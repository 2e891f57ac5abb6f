// What is known of a pod's containers when its kubelet takes it on: what the runtime has, and for what the runtime has lost,
// what the API says. Pure. upstream: pkg/kubelet/kubelet_pods.go convertToAPIContainerStatuses
//
// N2 a container that ran and is lost counts as ended: its restart policy decides, and its restart count goes on.
import type { V1Container, V1ContainerStateTerminated, V1ContainerStatus } from "#api/generated/types.ts";
import type { Container } from "#runtime/port.ts";
import { runtimeIdOf } from "./container-status.ts";
import { containersOf, type BoundPod, type PodContainer } from "./containers.ts";
import { UNKNOWN, type ContainerFacts, type Exit } from "./facts.ts";

const instant = (text: string | undefined): number | undefined => (text === undefined ? undefined : Date.parse(text));

const exitOf = (terminated: V1ContainerStateTerminated | undefined): Exit | undefined =>
  terminated && {
    containerId: runtimeIdOf(terminated.containerID),
    exitCode: terminated.exitCode,
    reason: terminated.reason ?? "",
    message: terminated.message,
    startedAt: instant(terminated.startedAt),
    finishedAt: instant(terminated.finishedAt) ?? 0,
  };

/** The end of a container that nobody saw. */
export const lost = (id: string | undefined, startedAt: number | undefined, now: number): Exit => ({
  containerId: id,
  exitCode: 137,
  reason: "ContainerStatusUnknown",
  message: "The container could not be located when the pod was terminated",
  startedAt,
  finishedAt: now,
});

/** How a container ended, as the runtime tells it. */
export const exitOfContainer = (container: Container, message: string | undefined, now: number): Exit => ({
  containerId: container.id,
  exitCode: container.exitCode ?? 137,
  reason: container.reason ?? "Error",
  message,
  startedAt: container.startedAt,
  finishedAt: container.finishedAt ?? now,
});

/** What a status says of a container that the runtime does not have. */
const ofStatus = (
  { state, lastState, restartCount, imageID, containerID }: V1ContainerStatus,
  image: string,
  now: number,
): ContainerFacts => {
  const id = runtimeIdOf(containerID);
  const last = exitOf(lastState?.terminated);
  const exit = exitOf(state?.terminated) ?? (state?.running === undefined ? last : lost(id, instant(state.running.startedAt), now));
  const known = { ...UNKNOWN, attempt: restartCount, image, imageId: imageID };
  return exit === undefined ? known : { ...known, id, state: "exited", exit, last: exit === last ? undefined : last };
};

/** A container that was found running has passed the probes that it does not have, or had passed. */
const passed = (probe: unknown, had: boolean | undefined): boolean => probe === undefined || had === true;

/** Under which limits a container runs that was found running: where nobody has said, under those that it should have. */
const limitsOf = (status: V1ContainerStatus | undefined, { resources }: V1Container) =>
  status?.resources === undefined ? resources?.limits : status.resources.limits;

type Found = { readonly found: Container; readonly before: ContainerFacts; readonly status: V1ContainerStatus | undefined };

/** What the runtime says; what came before the found container only the status knows. */
const ofRuntime = ({ found, before, status }: Found, { spec }: PodContainer, now: number): ContainerFacts => {
  const { id, attempt, startedAt = now } = found;
  const last = before.exit?.containerId === id ? before.last : (before.exit ?? before.last);
  const limits = limitsOf(status, spec);
  const facts = { ...UNKNOWN, attempt, id, image: spec.image ?? "", imageId: before.imageId ?? found.imageId, limits, last };
  if (found.state === "exited") return { ...facts, state: "exited", exit: exitOfContainer(found, found.message, now) };
  return {
    ...facts,
    state: "running",
    startedAt,
    started: passed(spec.startupProbe, status?.started),
    ready: passed(spec.readinessProbe, status?.ready),
  };
};

/** The facts of all containers of the pod of which anything is known. `running` are the pod's containers in the runtime. */
export const restore = (pod: BoundPod, running: readonly Container[], now: number): Map<string, ContainerFacts> => {
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {};
  const statuses = [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses];
  const facts = new Map<string, ContainerFacts>();
  for (const container of containersOf(pod)) {
    const { name, image = "" } = container.spec;
    const status = statuses.find((each) => each.name === name);
    const before = status === undefined ? UNKNOWN : ofStatus(status, image, now);
    const found = running.filter((each) => each.name === name && each.state !== "created").toSorted((a, b) => b.attempt - a.attempt)[0];
    if (found !== undefined) facts.set(name, ofRuntime({ found, before, status }, container, now));
    else if (status !== undefined) facts.set(name, before);
  }
  return facts;
};

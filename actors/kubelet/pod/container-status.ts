// The containerStatuses of a pod, from the facts. Pure. upstream: pkg/kubelet/kubelet_pods.go convertToAPIContainerStatuses
import type { V1ContainerState, V1ContainerStateTerminated, V1ContainerStatus } from "#api/generated/types.ts";
import { toTime } from "#lib/clock.ts";
import { restarts, type BoundPod, type PodContainer } from "./containers.ts";
import { UNKNOWN, type ContainerFacts, type Exit } from "./facts.ts";
import { resourcesOf } from "./resize.ts";

/** How the API names a container of this runtime. */
export const containerIdOf = (id: string): string => `orrery://${id}`;

/** The runtime's id in what `containerIdOf` made. */
export const runtimeIdOf = (containerId: string | undefined): string | undefined => containerId?.replace(/^orrery:\/\//, "");

const terminated = ({ containerId, exitCode, reason, message, startedAt, finishedAt }: Exit): V1ContainerStateTerminated => ({
  exitCode,
  reason,
  ...(message === undefined || message === "" ? {} : { message }),
  ...(startedAt === undefined ? {} : { startedAt: toTime(startedAt) }),
  finishedAt: toTime(finishedAt),
  ...(containerId === undefined ? {} : { containerID: containerIdOf(containerId) }),
});

/** What a container waits for that nothing has gone wrong with. */
const defaultWaiting = (pod: BoundPod): V1ContainerState => ({
  waiting: { reason: (pod.spec.initContainers ?? []).length > 0 ? "PodInitializing" : "ContainerCreating" },
});

type Shown = { readonly state: V1ContainerState; readonly last: Exit | undefined };

/** `final`: nothing starts again, so an end is shown as an end. */
const shownOf = (pod: BoundPod, container: PodContainer, facts: ContainerFacts, final: boolean): Shown => {
  const { state, exit, last, waiting, startedAt } = facts;
  if (state === "running") return { state: { running: { startedAt: toTime(startedAt ?? 0) } }, last };
  const waits = waiting === undefined ? defaultWaiting(pod) : { waiting: { reason: waiting.reason, message: waiting.message } };
  if (exit === undefined) return { state: waits, last };
  if (waiting === undefined || final || !restarts(pod, container, exit.exitCode)) return { state: { terminated: terminated(exit) }, last };
  return { state: waits, last: exit };
};

const isReady = ({ kind }: PodContainer, { state, exit, started, ready }: ContainerFacts): boolean =>
  kind === "init" ? state === "exited" && exit?.exitCode === 0 : state === "running" && started && ready;

/** The status of one container. `final`: nothing of the pod starts again. */
export const containerStatus = (
  pod: BoundPod,
  container: PodContainer,
  facts: ContainerFacts = UNKNOWN,
  final = false,
): V1ContainerStatus => {
  const { state, last } = shownOf(pod, container, facts, final);
  return {
    name: container.spec.name,
    state,
    lastState: last === undefined ? {} : { terminated: terminated(last) },
    ready: isReady(container, facts),
    started: facts.state === "running" && facts.started,
    restartCount: facts.attempt,
    image: facts.image ?? container.spec.image ?? "",
    imageID: facts.imageId ?? "",
    ...resourcesOf(container, facts),
    ...(facts.id === undefined ? {} : { containerID: containerIdOf(facts.id) }),
  };
};

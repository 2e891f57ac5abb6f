// How `kubectl get pods` shows a pod. upstream: pkg/printers/internalversion/printers.go (printPod)@v1.36
import type { V1ContainerState, V1ContainerStateTerminated, V1ContainerStatus, V1Pod } from "#api/generated/types.ts";
import type { Column } from "#api/kind.ts";
import { translateTimestampSince } from "#api/meta/age.ts";
import { isEmpty } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn, wideColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { isSidecar } from "./pod-resources.ts";
import { isConditionTrue, isPodReady, isPodTerminal, isPodTerminating, podCondition } from "./pod-status.ts";

const NODE_LOST = "NodeLost";
const GATED = "SchedulingGated";

const endReason = ({ reason, signal, exitCode }: V1ContainerStateTerminated): string => {
  if (!isEmpty(reason)) return reason;
  return (signal ?? 0) !== 0 ? `Signal:${signal}` : `ExitCode:${exitCode ?? 0}`;
};

const phaseReason = (pod: V1Pod): string => {
  if (podCondition(pod, "PodScheduled")?.reason === GATED) return GATED;
  const { reason, phase = "" } = pod.status ?? {};
  return isEmpty(reason) ? phase : reason;
};

/** Why an init container holds the pod up. */
const initReason = ({ terminated, waiting }: V1ContainerState, at: number, total: number): string => {
  if (terminated !== undefined) return `Init:${endReason(terminated)}`;
  const why = waiting?.reason;
  if (!isEmpty(why) && why !== "PodInitializing") return `Init:${why}`;
  return `Init:${at}/${total}`;
};

const isStartedSidecar = (pod: V1Pod, status: V1ContainerStatus): boolean => {
  const container = pod.spec?.initContainers?.find(({ name }) => name === status.name);
  return container !== undefined && isSidecar(container) && status.started === true;
};

/** What the first init container that is not done says; undefined: all are done, or none is there. */
const initializing = (pod: V1Pod): string | undefined => {
  const statuses = pod.status?.initContainerStatuses ?? [];
  const at = statuses.findIndex((status) => status.state?.terminated?.exitCode !== 0 && !isStartedSidecar(pod, status));
  if (at < 0) return undefined;
  return initReason(statuses[at]?.state ?? {}, at, pod.spec?.initContainers?.length ?? 0);
};

/** What a container that is not running says; undefined: nothing. */
const stateReason = ({ waiting, terminated }: V1ContainerState): string | undefined => {
  if (!isEmpty(waiting?.reason)) return waiting?.reason;
  return terminated === undefined ? undefined : endReason(terminated);
};

const isUp = ({ ready, state }: V1ContainerStatus): boolean => ready && state?.running !== undefined;

const hasFailed = ({ state: { waiting, terminated } = {} }: V1ContainerStatus): boolean =>
  isEmpty(waiting?.reason) && terminated !== undefined && terminated.exitCode !== 0;

/** What a pod says whose first word is Completed while others may run, or have failed. */
const completedReason = (pod: V1Pod, statuses: readonly V1ContainerStatus[]): string => {
  const hasRunning = statuses.some((status) => stateReason(status.state ?? {}) === undefined && isUp(status));
  const failed = statuses.find(hasFailed);
  if (hasRunning && isPodReady(pod)) return "Running";
  if (failed !== undefined) return stateReason(failed.state ?? {}) ?? "Completed";
  return hasRunning ? "NotReady" : "Completed";
};

/** What the containers say: of those that say something, the first. */
const runningReason = (pod: V1Pod, start: string): string => {
  const statuses = pod.status?.containerStatuses ?? [];
  const reason = statuses.map(({ state }) => stateReason(state ?? {})).find((text) => text !== undefined) ?? start;
  return reason === "Completed" ? completedReason(pod, statuses) : reason;
};

const isPastInit = (pod: V1Pod): boolean => initializing(pod) === undefined || isConditionTrue(pod, "Initialized");

/** The STATUS column. */
export const podStatusText = (pod: V1Pod): string => {
  if (isPodTerminating(pod) && pod.status?.reason === NODE_LOST) return "Unknown";
  if (isPodTerminating(pod) && !isPodTerminal(pod)) return "Terminating";
  const start = initializing(pod) ?? phaseReason(pod);
  return isPastInit(pod) ? runningReason(pod, start) : start;
};

const readyText = (pod: V1Pod): string => {
  const total = (pod.spec?.containers ?? []).length + (pod.spec?.initContainers ?? []).filter(isSidecar).length;
  const sidecars = (pod.status?.initContainerStatuses ?? []).filter((status) => status.ready && isStartedSidecar(pod, status));
  const containers = isPastInit(pod) ? (pod.status?.containerStatuses ?? []).filter(isUp) : [];
  return `${sidecars.length + containers.length}/${total}`;
};

const counted = (pod: V1Pod): readonly V1ContainerStatus[] => {
  const init = pod.status?.initContainerStatuses ?? [];
  if (!isPastInit(pod)) return init;
  const sidecars = new Set((pod.spec?.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  return [...init.filter(({ name }) => sidecars.has(name)), ...(pod.status?.containerStatuses ?? [])];
};

const restartsText = (pod: V1Pod, nowMs: number): string => {
  const statuses = counted(pod);
  const restarts = statuses.reduce((sum, { restartCount }) => sum + (restartCount ?? 0), 0);
  const ends = statuses.map(({ lastState }) => lastState?.terminated?.finishedAt).filter((at) => at !== undefined);
  const last = ends.toSorted((a, b) => Date.parse(a) - Date.parse(b)).at(-1);
  return restarts === 0 || last === undefined ? String(restarts) : `${restarts} (${translateTimestampSince(last, nowMs)} ago)`;
};

const orNone = (text: string | undefined): string => (isEmpty(text) ? "<none>" : text);

const gatesText = (pod: V1Pod): string => {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  return `${gates.filter(({ conditionType }) => isConditionTrue(pod, conditionType)).length}/${gates.length}`;
};

/** The columns of pods. */
export const podColumns: readonly Column<V1Pod>[] = [
  nameColumn,
  column("Ready", "string", "The aggregate readiness state of this pod for accepting traffic.", readyText),
  column("Status", "string", "The aggregate status of the containers in this pod.", podStatusText),
  column(
    "Restarts",
    "string",
    "The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.",
    restartsText,
  ),
  ageColumn,
  wideColumn("IP", "string", docOf("V1PodStatus", "podIP"), ({ status }) => orNone(status?.podIP)),
  wideColumn("Node", "string", docOf("V1PodSpec", "nodeName"), ({ spec }) => orNone(spec?.nodeName)),
  wideColumn("Nominated Node", "string", docOf("V1PodStatus", "nominatedNodeName"), ({ status }) => orNone(status?.nominatedNodeName)),
  wideColumn("Readiness Gates", "string", docOf("V1PodSpec", "readinessGates"), gatesText),
];

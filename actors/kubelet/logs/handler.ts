// Where a container's log lies, and why it has none, in upstream's words.
// upstream: pkg/kubelet/kubelet_pods.go GetKubeletContainerLogs, validateContainerLogStatus
import type { V1ContainerStatus } from "#api/generated/types.ts";
import { badRequest, internal } from "#api/meta/status.ts";
import type { StreamSink } from "#lib/api.ts";
import type { Clock } from "#lib/clock.ts";
import type { LogRequest } from "#lib/node-api.ts";
import type { ReadOptions } from "#runtime/logs/read.ts";
import { logPathOf } from "./paths.ts";
import { containerStatus } from "../pod/container-status.ts";
import { containersOf } from "../pod/containers.ts";
import type { PodWorker } from "../pod/worker.ts";
import type { Logs } from "../volumes/volumes.ts";

/** Which log is meant. */
export type WhichLog = Pick<LogRequest, "namespace" | "pod" | "container" | "previous">;

/** A log, and whether it may still grow. */
export type LogSource = { readonly path: string; readonly running: () => boolean };

const WAITING: Readonly<Record<string, string>> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: "trying and failing to pull image",
};

const problem = ({ name, state, restartCount }: V1ContainerStatus, pod: string, previous: boolean): string | undefined => {
  if (previous) return restartCount > 0 ? undefined : `previous terminated container "${name}" in pod "${pod}" not found`;
  if (state?.waiting === undefined || restartCount > 0) return undefined;
  const { reason = "" } = state.waiting;
  return `container "${name}" in pod "${pod}" is waiting to start: ${WAITING[reason] ?? reason}`;
};

/** The log that is asked for. Throws: ApiError when the container is not the pod's, or has no log. */
export const logSource = (worker: PodWorker, logsDir: string, { container: name, previous }: WhichLog): LogSource => {
  const { pod } = worker;
  const container = containersOf(pod).find(({ spec }) => spec.name === name);
  if (container === undefined) throw badRequest(`container ${name} is not valid for pod ${pod.metadata.name}`);
  const status = containerStatus(pod, container, worker.factsOf(name));
  const why = problem(status, pod.metadata.name, previous);
  if (why !== undefined) throw badRequest(why);
  const id = worker.factsOf(name)?.id;
  return {
    path: logPathOf(logsDir, pod, name, previous ? status.restartCount - 1 : status.restartCount),
    running: () => !previous && worker.factsOf(name)?.state === "running" && worker.factsOf(name)?.id === id,
  };
};

const optionsOf = (request: LogRequest, running: () => boolean, now: number): ReadOptions => {
  const { follow, timestamps, sinceTime, sinceSeconds, tailLines, limitBytes } = request;
  const sinceMs = sinceTime === undefined ? undefined : Date.parse(sinceTime);
  const since = sinceSeconds === undefined ? sinceMs : now - sinceSeconds * 1000;
  return { follow, timestamps, sinceMs: since, tailLines, limitBytes, running };
};

type Answering = { readonly sink: StreamSink; readonly signal: AbortSignal };

/** Writes the log to the sink and ends it; a log file that is not there yet or any more is an empty log. */
export const streamLog = async (
  { logs, clock }: { readonly logs: Logs; readonly clock: Clock },
  request: LogRequest,
  { path, running }: LogSource,
  { sink, signal }: Answering,
): Promise<void> => {
  try {
    await logs.read(path, optionsOf(request, running, clock.now()), sink, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  sink.end();
};

/** Writes to the sink what the container writes from now on, until it ends. Throws: InternalError unless it runs. */
export const streamOutput = async (logs: Logs, { path, running }: LogSource, { sink, signal }: Answering): Promise<void> => {
  if (!running()) throw internal(new Error("container is in CONTAINER_EXITED state"));
  sink.write(Uint8Array.of(0));
  await logs.read(path, { follow: true, timestamps: false, tailLines: 0, marked: true, running }, sink, signal);
  sink.end();
};

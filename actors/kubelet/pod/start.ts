// HOW a container is started: image, environment, mounts, create, start, postStart. Each step tells its outcome as a fact
// and, where upstream does, as an event. upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go startContainer
import { ApiError } from "#api/meta/status.ts";
import { ContainerError, type ContainerConfig, type Image, type Mount } from "#runtime/port.ts";
import { expand } from "../environment/expand.ts";
import { logPathOf } from "../logs/paths.ts";
import { limitBytes, limitMilliCpu } from "../resources.ts";
import { fieldPathOf, gracePeriodOf, type BoundPod, type PodContainer } from "./containers.ts";
import type { Fact, ProbeKind } from "./facts.ts";
import { StartError, type Environment, type PodServices, type VolumePaths } from "./services.ts";

/** One start of one container. */
export type Start = {
  readonly pod: BoundPod;
  readonly container: PodContainer;
  readonly attempt: number;
  readonly sandboxId: string;
  readonly podIps: readonly string[];
  readonly volumes: VolumePaths;
  readonly services: PodServices;
  readonly learn: (fact: Fact) => void;
  /** Makes the file for what the container says when it ends; answers its path. */
  readonly messageFile: () => Promise<string>;
};

const configError = (message: string): StartError => new StartError("create", "CreateContainerConfigError", message, `Error: ${message}`);

const record = ({ services, pod, container }: Start, type: "Normal" | "Warning", reason: string, message: string): void =>
  services.record(pod, { type, reason, message, fieldPath: fieldPathOf(container) });

/** The part of a volume that a mount shows, as the environment expands it. */
const subPathOf = (
  { subPath, subPathExpr }: { subPath?: string | undefined; subPathExpr?: string | undefined },
  { env }: Environment,
): string => {
  if (subPathExpr === undefined) return subPath ?? "";
  const { text, missing } = expand(subPathExpr, new Map(env.map(({ name, value }) => [name, value])));
  if (missing.length > 0)
    throw configError(`couldn't expand subPathExpr: missing value for ${missing.map((name) => `"${name}"`).join(", ")}`);
  return text;
};

const mountsOf = async ({ container, volumes, services, messageFile }: Start, environment: Environment): Promise<readonly Mount[]> => {
  const mounts = (container.spec.volumeMounts ?? []).map(async (mount): Promise<Mount> => {
    const volume = volumes.get(mount.name);
    if (volume === undefined) throw configError(`cannot find volume "${mount.name}" to mount into container "${container.spec.name}"`);
    const subPath = subPathOf(mount, environment);
    const hostPath =
      subPath === ""
        ? volume
        : await services.disk.subPath(volume, subPath).catch((error: Error) => {
            throw configError(error.message);
          });
    return { hostPath, guestPath: mount.mountPath, readOnly: mount.readOnly === true };
  });
  const { terminationMessagePath = "/dev/termination-log" } = container.spec;
  return [...(await Promise.all(mounts)), { hostPath: await messageFile(), guestPath: terminationMessagePath, readOnly: false }];
};

const configure = async (start: Start, image: Image, signal: AbortSignal): Promise<ContainerConfig> => {
  const { pod, container, attempt, sandboxId, podIps, services } = start;
  const { spec } = container;
  const environment = await services.environmentOf(pod, container, podIps, signal);
  return {
    sandboxId,
    name: spec.name,
    attempt,
    imageId: image.id,
    ...environment,
    workingDir: spec.workingDir,
    mounts: await mountsOf(start, environment),
    memoryLimitBytes: limitBytes(spec),
    cpuLimitMilli: limitMilliCpu(spec),
    readOnlyRootFilesystem: spec.securityContext?.readOnlyRootFilesystem,
    ports: (spec.ports ?? []).map(({ name, containerPort, protocol = "TCP" }) => ({ name, containerPort, protocol })),
    annotations: pod.metadata.annotations ?? {},
    logPath: logPathOf(services.logsDir, pod, spec.name, attempt),
  };
};

/** The probes that a container has to pass before it is started and ready. */
const gatesOf = ({ spec }: PodContainer): readonly ProbeKind[] => [
  ...(spec.startupProbe === undefined ? [] : (["startup"] as const)),
  ...(spec.readinessProbe === undefined ? [] : (["readiness"] as const)),
];

const create = async (start: Start, image: Image, signal: AbortSignal): Promise<string> => {
  const { services, pod } = start;
  const config = await configure(start, image, signal);
  const id = await services.runtime.create(config, signal);
  services.own(pod.metadata.uid, id);
  start.learn({ fact: "created", id, imageId: image.digests[0] ?? image.id });
  record(start, "Normal", "Created", "Container created");
  return id;
};

/** A container that could not be run has ended: its restart policy decides what follows. */
const run = async (start: Start, id: string, signal: AbortSignal): Promise<void> => {
  const { services } = start;
  try {
    await services.runtime.start(id, signal);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const finishedAt = services.clock.now();
    start.learn({ fact: "exited", exit: { containerId: id, exitCode: 128, reason: "StartError", message, finishedAt } });
    throw new StartError("run", "RunContainerError", message, `Error: ${message}`);
  }
  record(start, "Normal", "Started", "Container started");
};

const postStart = async (start: Start, id: string, startedAt: number, signal: AbortSignal): Promise<void> => {
  const { services, pod, container, podIps } = start;
  if (container.spec.lifecycle?.postStart === undefined) return;
  try {
    await services.hooks.postStart({ pod, container, ip: podIps[0] ?? "", startedAt }, signal);
  } catch (error) {
    const message = `PostStartHook failed: ${error instanceof Error ? error.message : String(error)}`;
    record(start, "Warning", "FailedPostStartHook", message);
    await services.runtime.stop(id, gracePeriodOf(pod) * 1000);
    throw new StartError("run", "PostStartHookError", message);
  }
};

const startErrorOf = (error: unknown): StartError => {
  if (error instanceof StartError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ContainerError) return new StartError("create", error.reason, message, `Error: ${message}`);
  if (error instanceof ApiError) return configError(message);
  return new StartError("create", "CreateContainerError", message, `Error: ${message}`);
};

/** Starts the container. Never throws: every outcome is a fact. Aborting leaves no fact but may leave a container, which its sandbox takes along. */
export const startContainer = async (start: Start, signal: AbortSignal): Promise<void> => {
  const { services, pod, container, learn } = start;
  try {
    const image = await services.ensureImage(pod, container, signal);
    const id = await create(start, image, signal);
    await run(start, id, signal);
    const at = services.clock.now();
    await postStart(start, id, at, signal);
    learn({ fact: "started", id, at, probes: gatesOf(container) });
  } catch (error) {
    if (signal.aborted) return;
    const { step, reason, message, event } = startErrorOf(error);
    if (event !== undefined) record(start, "Warning", "Failed", event);
    learn({ fact: "startFailed", step, waiting: { reason, message }, at: services.clock.now() });
  }
};

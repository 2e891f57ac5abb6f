// HOW the containers of a pod are stopped: event, preStop, the time that is left, and sidecars last.
// upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go killContainer, KEP-753 (order of sidecars)
import { containersOf, fieldPathOf, type BoundPod, type PodContainer } from "./containers.ts";
import type { ContainerFacts, Fact } from "./facts.ts";
import type { PodServices } from "./services.ts";

/** What is left for a container whose preStop hook used all of the time. upstream: minimumGracePeriodInSeconds */
const LEAST_MS = 2_000;

export type Stopping = {
  readonly pod: BoundPod;
  readonly podIps: readonly string[];
  readonly services: PodServices;
  readonly graceMs: number;
  readonly facts: (container: string) => ContainerFacts;
  readonly learn: (container: string, fact: Fact) => void;
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const preStop = async (stopping: Stopping, container: PodContainer, signal: AbortSignal): Promise<void> => {
  const { pod, podIps, services, graceMs, facts } = stopping;
  const late = new AbortController();
  const timer = services.clock.setTimeout(() => late.abort(new Error("the grace period has passed")), graceMs);
  try {
    const target = { pod, container, ip: podIps[0] ?? "", startedAt: facts(container.spec.name).startedAt ?? services.clock.now() };
    await services.hooks.preStop(target, AbortSignal.any([signal, late.signal]));
  } catch (error) {
    if (signal.aborted) return;
    const message = `PreStopHook failed: ${messageOf(error)}`;
    services.record(pod, { type: "Warning", reason: "FailedPreStopHook", message, fieldPath: fieldPathOf(container) });
  } finally {
    services.clock.clearTimeout(timer);
  }
};

/**
 * Stops one container; resolves when its process is gone. A container that is being stopped already only gets the new
 * period. Aborted means that somebody else goes on with it.
 */
export const stopContainer = async (stopping: Stopping, container: PodContainer, message: string, signal: AbortSignal): Promise<void> => {
  const { pod, services, graceMs, facts, learn } = stopping;
  const { name } = container.spec;
  const { id, state, task } = facts(name);
  if (id === undefined || state === "exited") return;
  const began = services.clock.now();
  let leastMs = 0;
  if (task !== "stopping") {
    learn(name, { fact: "stopping" });
    services.record(pod, { type: "Normal", reason: "Killing", message, fieldPath: fieldPathOf(container) });
    if (container.spec.lifecycle?.preStop !== undefined && state === "running") {
      await preStop(stopping, container, signal);
      leastMs = LEAST_MS;
    }
  }
  if (signal.aborted) return;
  await services.runtime.stop(id, Math.max(graceMs - (services.clock.now() - began), leastMs));
};

/** Stops everything of the pod: first what is not a sidecar, then the sidecars, last first, in the time that is left. */
export const stopContainers = async (stopping: Stopping, signal: AbortSignal): Promise<void> => {
  const { clock } = stopping.services;
  const endAt = clock.now() + stopping.graceMs;
  const all = containersOf(stopping.pod);
  const stop = (container: PodContainer): Promise<void> => {
    const graceMs = Math.max(endAt - clock.now(), 0);
    return stopContainer({ ...stopping, graceMs }, container, `Stopping container ${container.spec.name}`, signal);
  };
  await Promise.all(all.filter(({ kind }) => kind !== "sidecar").map(stop));
  for (const sidecar of all.filter(({ kind }) => kind === "sidecar").toReversed()) {
    // one after the other is the point
    await stop(sidecar);
  }
};

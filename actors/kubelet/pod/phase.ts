// The phase of a pod, from its containers' statuses. Pure. upstream: pkg/kubelet/kubelet_pods.go getPhase, and
// pkg/kubelet/status/status_manager.go mergePodStatus: an end is reported only when nothing of the pod runs any more.
import type { V1ContainerStatus } from "#api/generated/types.ts";

export type Phase = "Pending" | "Running" | "Succeeded" | "Failed";

export type Statuses = {
  readonly init: readonly V1ContainerStatus[];
  readonly sidecars: readonly V1ContainerStatus[];
  readonly apps: readonly V1ContainerStatus[];
};

/** True when the container runs, or has run. */
export const hasBegun = ({ state, lastState }: V1ContainerStatus): boolean =>
  state?.running !== undefined || state?.terminated !== undefined || lastState?.terminated !== undefined;

const isInitialized = ({ init, sidecars, apps }: Statuses): boolean =>
  apps.some(hasBegun) || (init.every(({ ready }) => ready) && sidecars.every(hasBegun));

/** The phase. `final`: nothing of the pod runs, nor will. */
export const phaseOf = (statuses: Statuses, final: boolean): Phase => {
  if (final) return statuses.apps.every(({ state }) => state?.terminated?.exitCode === 0) ? "Succeeded" : "Failed";
  return isInitialized(statuses) && statuses.apps.every(hasBegun) ? "Running" : "Pending";
};

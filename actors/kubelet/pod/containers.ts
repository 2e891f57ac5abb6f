// The containers of a pod in the order in which they start, what each is, and whether it starts again after it has ended.
// Pure. upstream: pkg/kubelet/container/helpers.go ShouldContainerBeRestarted, pkg/kubelet/kuberuntime/kuberuntime_container.go
import type { V1Container, V1ContainerRestartRule, V1PodSpec } from "#api/generated/types.ts";
import type { Pod } from "#api/core/v1/pod.ts";
import type { Stored } from "#api/meta/object.ts";

/** A pod that is bound to a node. */
export type BoundPod = Stored<Pod> & { readonly spec: V1PodSpec };

/** init: must end well before the next starts. sidecar: starts among the init containers and stays. */
export type ContainerKind = "init" | "sidecar" | "app" | "ephemeral";

export type PodContainer = { readonly kind: ContainerKind; readonly spec: V1Container };

/** Init containers and sidecars in their order, then app containers, then ephemeral ones. */
export const containersOf = (pod: BoundPod): readonly PodContainer[] => [
  ...(pod.spec.initContainers ?? []).map((spec) => ({ kind: spec.restartPolicy === "Always" ? "sidecar" : "init", spec }) as const),
  ...pod.spec.containers.map((spec) => ({ kind: "app", spec }) as const),
  ...(pod.spec.ephemeralContainers ?? []).map((spec) => ({ kind: "ephemeral", spec }) as const),
];

/** The part of the pod that an event about the container names. */
export const fieldPathOf = ({ kind, spec }: PodContainer): string => {
  const list = { init: "initContainers", sidecar: "initContainers", app: "containers", ephemeral: "ephemeralContainers" }[kind];
  return `spec.${list}{${spec.name}}`;
};

const applies = ({ action, exitCodes }: V1ContainerRestartRule, exitCode: number): boolean => {
  const named = exitCodes?.values?.includes(exitCode) ?? false;
  return action === "Restart" && exitCodes !== undefined && named === (exitCodes.operator === "In");
};

const policyRestarts = (policy: string, exitCode: number): boolean => policy === "Always" || (policy === "OnFailure" && exitCode !== 0);

/** True when a container that ended with `exitCode` is to start again. */
export const restarts = (pod: BoundPod, { kind, spec }: PodContainer, exitCode: number): boolean => {
  if (kind === "ephemeral" || (kind === "init" && exitCode === 0)) return false;
  if (spec.restartPolicyRules?.some((rule) => applies(rule, exitCode)) === true) return true;
  return policyRestarts(spec.restartPolicy ?? pod.spec.restartPolicy ?? "Always", exitCode);
};

/** How long the pod's containers have to end, in seconds, when nobody says otherwise. */
export const gracePeriodOf = (pod: BoundPod): number =>
  pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;

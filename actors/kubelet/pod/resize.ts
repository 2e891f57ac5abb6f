// What a change of a container's resources comes to. Requests hold at once; limits hold from a container's start to its end, so
// new ones are those of the next container, and a policy that asks for it brings that about. Pure.
// upstream: pkg/kubelet/kuberuntime/kuberuntime_manager.go computePodResizeAction, kubelet_pods.go convertContainerStatusResources
import type { V1ResourceRequirements } from "#api/generated/types.ts";
import { compareQuantities } from "#api/meta/quantity.ts";
import type { PodContainer } from "./containers.ts";
import type { ContainerFacts } from "./facts.ts";

/** True when the container runs under the limit that it should. */
const isLimited = ({ spec }: PodContainer, { limits }: ContainerFacts, resource: string): boolean => {
  const [present, wanted] = [limits?.[resource], spec.resources?.limits?.[resource]];
  if (present === undefined || wanted === undefined) return present === wanted;
  return compareQuantities(present, wanted) === 0;
};

/** True while the container runs under other limits than it should. */
export const isResizing = (container: PodContainer, facts: ContainerFacts): boolean =>
  container.kind !== "ephemeral" &&
  facts.state === "running" &&
  !["cpu", "memory"].every((resource) => isLimited(container, facts, resource));

/** True when the container must start again to have its new limits, and says that it may. */
export const restartsToResize = (container: PodContainer, facts: ContainerFacts): boolean =>
  isResizing(container, facts) &&
  (container.spec.resizePolicy ?? []).some(
    ({ resourceName, restartPolicy }) => restartPolicy === "RestartContainer" && !isLimited(container, facts, resourceName),
  );

/** The part of a container's status that tells of its resources: what it may have, and what it has. */
export const resourcesOf = (
  { kind, spec }: PodContainer,
  { state, limits }: ContainerFacts,
): { readonly resources?: V1ResourceRequirements; readonly allocatedResources?: V1ResourceRequirements["requests"] } => {
  if (kind === "ephemeral") return {};
  const { requests, limits: wanted } = spec.resources ?? {};
  const present = state === "running" ? limits : wanted;
  return {
    ...(requests === undefined ? {} : { allocatedResources: requests }),
    resources: { ...(present === undefined ? {} : { limits: present }), ...(requests === undefined ? {} : { requests }) },
  };
};

// What pods cost, and which of them a scope takes in. upstream: pkg/quota/v1/evaluator/core/pods.go
import type { V1Container, V1Pod, V1PodAffinityTerm } from "#api/generated/types.ts";
import { qosOf } from "#api/core/v1/pod-qos.ts";
import { lastingContainers, podLimits, podRequests } from "#api/core/v1/pod-resources.ts";
import type { ResourceList } from "#api/core/v1/resource-list.ts";
import { isExtendedResource, isHugePages } from "#api/core/v1/resource-name.ts";
import { satisfies, type Evaluator, type ScopeRequirement } from "./scopes.ts";

const COMPUTE = ["cpu", "memory", "ephemeral-storage"];
const NAMES: ReadonlySet<string> = new Set([
  "count/pods",
  "pods",
  ...COMPUTE.flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
]);
/** What every container must say when a quota limits it. upstream: validationSet */
const REQUIRED: ReadonlySet<string> = new Set(["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"]);

const isExtended = (name: string): boolean => name.startsWith("requests.") && isExtendedResource(name.slice("requests.".length));

const counts = (name: string): boolean =>
  NAMES.has(name) || isHugePages(name) || name.startsWith("requests.hugepages-") || isExtended(name);

/** The amounts by the names that quotas have for them. upstream: podComputeUsageHelper */
const computeUsage = (requests: ResourceList, limits: ResourceList): ResourceList => {
  const usage: { [name: string]: string } = { pods: "1" };
  for (const [name, amount] of Object.entries(requests)) {
    if (COMPUTE.includes(name) || isHugePages(name)) usage[name] = amount;
    if (COMPUTE.includes(name) || isHugePages(name) || isExtendedResource(name)) usage[`requests.${name}`] = amount;
  }
  for (const [name, amount] of Object.entries(limits)) if (COMPUTE.includes(name)) usage[`limits.${name}`] = amount;
  return usage;
};

/** A pod that has ended, or whose grace is over, holds nothing but its place in the store. upstream: QuotaV1Pod */
const isOver = ({ status, metadata }: V1Pod, nowMs: number): boolean => {
  if (status?.phase === "Failed" || status?.phase === "Succeeded") return true;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata ?? {};
  // deletionTimestamp is when the grace ends
  return deletionTimestamp !== undefined && deletionGracePeriodSeconds !== undefined && nowMs > Date.parse(deletionTimestamp);
};

const usage = (pod: V1Pod, nowMs: number): ResourceList => {
  const count = { "count/pods": "1" };
  if (isOver(pod, nowMs) || pod.spec === undefined) return count;
  return { ...count, ...computeUsage(podRequests(pod.spec), podLimits(pod.spec)) };
};

const lacks = (container: V1Container, name: string): boolean =>
  !(name in computeUsage(container.resources?.requests ?? {}, container.resources?.limits ?? {}));

const fault = ({ spec }: V1Pod, names: readonly string[]): string | undefined => {
  if (spec === undefined) return undefined;
  const podLevel = computeUsage(spec.resources?.requests ?? {}, spec.resources?.limits ?? {});
  const required = names.filter((name) => REQUIRED.has(name) && !(name in podLevel)).toSorted();
  const missing = required.flatMap((name) => {
    const without = lastingContainers(spec).filter((container) => lacks(container, name));
    return without.length === 0
      ? []
      : [
          `${name} for: ${without
            .map((container) => container.name)
            .toSorted()
            .join(",")}`,
        ];
  });
  return missing.length === 0 ? undefined : `must specify ${missing.join("; ")}`;
};

const isTerminating = ({ spec }: V1Pod): boolean => (spec?.activeDeadlineSeconds ?? -1) >= 0;
const isBestEffort = (pod: V1Pod): boolean => qosOf(pod) === "BestEffort";

const crosses = ({ namespaces = [], namespaceSelector }: V1PodAffinityTerm): boolean =>
  namespaces.length > 0 || namespaceSelector !== undefined;

const crossesNamespaces = ({ spec }: V1Pod): boolean => {
  const both = [spec?.affinity?.podAffinity, spec?.affinity?.podAntiAffinity];
  return both.some((affinity) => {
    const preferred = (affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm);
    return [...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []), ...preferred].some(crosses);
  });
};

const SCOPES: { readonly [scope: string]: (pod: V1Pod, requirement: ScopeRequirement) => boolean } = {
  Terminating: isTerminating,
  NotTerminating: (pod) => !isTerminating(pod),
  BestEffort: isBestEffort,
  NotBestEffort: (pod) => !isBestEffort(pod),
  PriorityClass: ({ spec }, requirement) => satisfies(spec?.priorityClassName === "" ? undefined : spec?.priorityClassName, requirement),
  CrossNamespacePodAffinity: crossesNamespaces,
};

export const podEvaluator: Evaluator<V1Pod> = {
  counts,
  charges: (operation, subresource) => (operation === "CREATE" && subresource === "") || subresource === "resize",
  usage,
  fault,
  scopes: (pod, requirement) => SCOPES[requirement.scopeName]?.(pod, requirement) ?? false,
};

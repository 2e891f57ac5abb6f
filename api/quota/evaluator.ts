// What objects of one resource cost. upstream: apiserver/pkg/quota/v1/interfaces.go, pkg/quota/v1/evaluator/core/registry.go
import { configMaps } from "#api/core/v1/config-map.ts";
import { persistentVolumeClaims } from "#api/core/v1/persistent-volume-claim.ts";
import { pods } from "#api/core/v1/pod.ts";
import { replicationControllers } from "#api/core/v1/replication-controller.ts";
import { resourceQuotas } from "#api/core/v1/resource-quota.ts";
import type { ResourceList } from "#api/core/v1/resource-list.ts";
import { secrets } from "#api/core/v1/secret.ts";
import { services } from "#api/core/v1/service.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { groupResource, type Resource } from "#api/meta/resource.ts";
import { claimEvaluator } from "./claims.ts";
import { podEvaluator } from "./pods.ts";
import type { Evaluator, Scoped } from "./scopes.ts";
import { serviceEvaluator } from "./services.ts";

/** Counts objects, by the old name of the resource too if it has one. upstream: generic.objectCountEvaluator */
const counting = (resource: Named, ...aliases: readonly string[]): Evaluator => {
  const names = [countName(resource), ...aliases];
  const usage: ResourceList = Object.fromEntries(names.map((name) => [name, "1"]));
  return {
    counts: (name) => names.includes(name),
    charges: (operation, subresource) => operation === "CREATE" && subresource === "",
    usage: () => usage,
  };
};

type Named = Pick<Resource, "group" | "resource">;

/** `count/pods`, `count/deployments.apps`. */
const countName = (resource: Named): string => `count/${groupResource(resource)}`;

const own: ReadonlyMap<string, Evaluator> = new Map<string, Evaluator>([
  [groupResource(pods), podEvaluator],
  [groupResource(services), serviceEvaluator],
  [groupResource(persistentVolumeClaims), claimEvaluator],
  ...[configMaps, secrets, replicationControllers, resourceQuotas].map(
    (kind) => [groupResource(kind), counting(kind, kind.resource)] as const,
  ),
]);

/** The evaluator of a resource: of its own, or one that counts objects. */
export const evaluatorOf = (resource: Named): Evaluator => own.get(groupResource(resource)) ?? counting(resource);

/** True when the quota's scopes take the object in. A quota with scopes counts only what knows them. */
export const isInScope = (quota: Scoped, object: KubeObject, { scopes }: Evaluator): boolean =>
  scopesOf(quota).every((requirement) => scopes?.(object, requirement) === true);

const scopesOf = ({ spec }: Scoped) => [
  ...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists" })),
  ...(spec?.scopeSelector?.matchExpressions ?? []),
];

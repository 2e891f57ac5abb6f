// What quotas have used up, counted anew. Pure. upstream: pkg/controller/resourcequota/resource_quota_controller.go syncResourceQuota
import type { ResourceQuota } from "#api/core/v1/resource-quota.ts";
import { addLists, type ResourceList } from "#api/core/v1/resource-list.ts";
import type { KubeObject, Stored } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { masked, sameAmounts } from "#api/quota/amounts.ts";
import { evaluatorOf, isInScope } from "#api/quota/evaluator.ts";

/** All objects of one resource in the quota's namespace. */
export type Counted = { readonly resource: Resource; readonly objects: readonly KubeObject[] };

export type Observed = { readonly quota: Stored<ResourceQuota>; readonly counted: readonly Counted[] };
export type Action =
  | { readonly do: "note"; readonly quota: Stored<ResourceQuota>; readonly status: Status }
  | { readonly do: "requeue"; readonly afterMs: number };

/** How often everything is counted, whether or not something seems to have changed. upstream: ResourceQuotaSyncPeriod */
export const RESYNC_MS = 300_000;

/** The resources whose objects a quota counts. */
export const countedBy = (quota: ResourceQuota, resources: readonly Resource[]): readonly Resource[] => {
  const names = Object.keys(quota.spec?.hard ?? {});
  return resources.filter((resource) => names.some(evaluatorOf(resource).counts));
};

const usageOf = (quota: ResourceQuota, { resource, objects }: Counted, nowMs: number): ResourceList => {
  const evaluator = evaluatorOf(resource);
  const names = Object.keys(quota.spec?.hard ?? {}).filter(evaluator.counts);
  let used: ResourceList = Object.fromEntries(names.map((name) => [name, "0"]));
  for (const object of objects)
    if (isInScope(quota, object, evaluator)) used = addLists(used, masked(evaluator.usage(object, nowMs), names));
  return used;
};

type Status = NonNullable<ResourceQuota["status"]>;

const isSame = (a: Status, b: Status): boolean => sameAmounts(a.hard ?? {}, b.hard ?? {}) && sameAmounts(a.used ?? {}, b.used ?? {});

/** The status that the quota should have, when it has another. What nobody counts stays as it is. */
export const decide = ({ quota, counted }: Observed, nowMs: number): readonly Action[] => {
  const { spec: { hard = {} } = {}, status: present = {} } = quota;
  const used: ResourceList = Object.assign(
    masked(present.used ?? {}, Object.keys(hard)),
    ...counted.map((one) => usageOf(quota, one, nowMs)),
  ) as ResourceList;
  const again: Action = { do: "requeue", afterMs: RESYNC_MS };
  return isSame(present, { hard, used }) ? [again] : [{ do: "note", quota, status: { hard, used } }, again];
};

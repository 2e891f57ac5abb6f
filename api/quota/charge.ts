// Whether quotas allow a write, and what they have used up with it. Pure. upstream: plugin/pkg/admission/resourcequota/controller.go
import type { ResourceQuota } from "#api/core/v1/resource-quota.ts";
import { addLists, type ResourceList } from "#api/core/v1/resource-list.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { amountsText, exceeded, increase, masked } from "./amounts.ts";
import { isInScope } from "./evaluator.ts";
import type { Evaluator } from "./scopes.ts";

/** A write, with what it costs. `old` is there when an object changes. */
export type Charged = {
  readonly evaluator: Evaluator;
  readonly object: KubeObject;
  readonly old: KubeObject | undefined;
  readonly nowMs: number;
};

/** What a quota says to a write: it does not concern it, why it forbids it, or what is used up then. */
export type Charge = "none" | { readonly refused: string } | { readonly used: ResourceList };

const concerns = (quota: ResourceQuota, { evaluator, object }: Charged): readonly string[] => {
  const names = Object.keys(quota.status?.hard ?? {}).filter(evaluator.counts);
  return names.length > 0 && isInScope(quota, object, evaluator) ? names : [];
};

const cost = ({ evaluator, object, old, nowMs }: Charged): ResourceList =>
  increase(evaluator.usage(object, nowMs), old === undefined ? {} : evaluator.usage(old, nowMs));

/** Why nothing can be charged to the quota. */
const faultOf = ({ metadata, status }: ResourceQuota, { evaluator, object }: Charged, names: readonly string[]): string | undefined => {
  const fault = evaluator.fault?.(object, names);
  if (fault !== undefined) return `failed quota: ${metadata?.name ?? ""}: ${fault}`;
  if (names.every((name) => name in (status?.used ?? {}))) return undefined;
  const hard = Object.keys(status?.hard ?? {}).toSorted();
  return `status unknown for quota: ${metadata?.name ?? ""}, resources: ${hard.join(",")}`;
};

/** What the quota says. */
export const charge = (quota: ResourceQuota, write: Charged): Charge => {
  const names = concerns(quota, write);
  if (names.length === 0) return "none";
  const fault = faultOf(quota, write, names);
  if (fault !== undefined) return { refused: fault };
  const { hard = {}, used = {} } = quota.status ?? {};
  const requested = masked(cost(write), Object.keys(hard));
  if (Object.keys(requested).length === 0) return "none";
  const after = addLists(used, requested);
  const over = exceeded(masked(after, Object.keys(requested)), hard);
  if (over.length === 0) return { used: after };
  const [wanted, had, limit] = [requested, used, hard].map((list) => amountsText(masked(list, over)));
  return { refused: `exceeded quota: ${quota.metadata?.name ?? ""}, requested: ${wanted}, used: ${had}, limited: ${limit}` };
};

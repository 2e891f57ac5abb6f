import type { V1PodCondition, V1PodStatus } from "#api/generated/types.ts";
import type { Draft } from "#api/meta/object.ts";

/** Sets a condition; its transition time moves only when its status does. upstream: podutil.UpdatePodCondition */
export const setPodCondition = (status: Draft<V1PodStatus>, condition: V1PodCondition, now: string): void => {
  const present = status.conditions?.find(({ type }) => type === condition.type);
  const since = present?.status === condition.status ? (present.lastTransitionTime ?? now) : now;
  const others = (status.conditions ?? []).filter((one) => one !== present);
  status.conditions = [...others, { ...condition, lastTransitionTime: since }];
};

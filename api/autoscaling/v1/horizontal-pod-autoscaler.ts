import { horizontalPodAutoscalers as kept } from "#api/autoscaling/v2/horizontal-pod-autoscaler.ts";
import type { V1HorizontalPodAutoscaler, V2HorizontalPodAutoscaler } from "#api/generated/types.ts";
import { storedVerbs, type Column, type Kind } from "#api/kind.ts";
import { newerAutoscaler, olderAutoscaler } from "./convert.ts";

const viewed = (column: Column<V2HorizontalPodAutoscaler>): Column<V1HorizontalPodAutoscaler> => ({
  ...column,
  value: (object, nowMs) => column.value(newerAutoscaler(object), nowMs),
});

/** HorizontalPodAutoscalers as autoscaling/v1 shows them; those of autoscaling/v2 are what is kept. */
export const olderHorizontalPodAutoscalers: Kind<V1HorizontalPodAutoscaler> = {
  group: "autoscaling",
  version: "v1",
  resource: "horizontalpodautoscalers",
  kind: "HorizontalPodAutoscaler",
  namespaced: true,
  singular: "horizontalpodautoscaler",
  listKind: "HorizontalPodAutoscalerList",
  shortNames: ["hpa"],
  categories: ["all"],
  verbs: storedVerbs,
  model: "V1HorizontalPodAutoscaler",
  bucket: "objects",
  storedAs: {
    resource: kept,
    toStored: newerAutoscaler,
    fromStored: (stored) => olderAutoscaler(stored as V2HorizontalPodAutoscaler),
  },
  status: true,
  subresources: {},
  columns: (kept.columns ?? []).map(viewed),
  setDefaults: ({ spec }) => {
    if (spec !== undefined) spec.minReplicas ??= 1;
  },
  validate: (object, old, subresource) =>
    kept.validate?.(newerAutoscaler(object), old === undefined ? undefined : newerAutoscaler(old), subresource) ?? [],
  strategy: { generation: false, prepareForCreate: (draft) => void (draft.status = { currentReplicas: 0, desiredReplicas: 0 }) },
};

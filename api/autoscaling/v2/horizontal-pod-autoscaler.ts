import type {
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerBehavior,
  V2HorizontalPodAutoscalerSpec,
  V2HPAScalingRules,
} from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import type { Draft } from "#api/meta/object.ts";
import { checkAutoscaler, checkAutoscalerStatus } from "./autoscaler-validate.ts";
import { metricsText } from "./metrics-text.ts";

export type HorizontalPodAutoscaler = V2HorizontalPodAutoscaler;

const DEFAULT_UTILIZATION = 80;

const upRules = (): Draft<V2HPAScalingRules> => ({
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
});

const downRules = (): Draft<V2HPAScalingRules> => ({
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
});

/** upstream: GenerateHPAScaleUpRules, GenerateHPAScaleDownRules */
const defaultBehavior = (behavior: Draft<V2HorizontalPodAutoscalerBehavior> | undefined): void => {
  if (behavior === undefined) return;
  behavior.scaleUp = { ...upRules(), ...behavior.scaleUp };
  behavior.scaleDown = { ...downRules(), ...behavior.scaleDown };
};

/** upstream: pkg/apis/autoscaling/v2/defaults.go SetDefaults_HorizontalPodAutoscaler */
export const defaultAutoscaler = (draft: Draft<HorizontalPodAutoscaler>): void => {
  const spec = (draft.spec ??= {} as Draft<V2HorizontalPodAutoscalerSpec>);
  spec.minReplicas ??= 1;
  if ((spec.metrics ?? []).length === 0) {
    const target = { type: "Utilization", averageUtilization: DEFAULT_UTILIZATION };
    spec.metrics = [{ type: "Resource", resource: { name: "cpu", target } }];
  }
  defaultBehavior(spec.behavior);
};

const REFERENCE =
  "scaleTargetRef points to the target resource to scale, and is used to the pods for which metrics should be collected, as well as to actually change the replica count.";

const doc = (field: string): string => docOf("V2HorizontalPodAutoscalerSpec", field);

/** HorizontalPodAutoscalers: as many pods as their metrics ask for. */
export const horizontalPodAutoscalers: Kind<HorizontalPodAutoscaler> = {
  group: "autoscaling",
  version: "v2",
  resource: "horizontalpodautoscalers",
  kind: "HorizontalPodAutoscaler",
  namespaced: true,
  singular: "horizontalpodautoscaler",
  listKind: "HorizontalPodAutoscalerList",
  shortNames: ["hpa"],
  categories: ["all"],
  verbs: storedVerbs,
  model: "V2HorizontalPodAutoscaler",
  bucket: "objects",
  status: true,
  subresources: {},
  columns: [
    nameColumn,
    column("Reference", "string", REFERENCE, ({ spec }) => `${spec?.scaleTargetRef?.kind ?? ""}/${spec?.scaleTargetRef?.name ?? ""}`),
    column("Targets", "string", doc("metrics"), metricsText),
    column("MinPods", "string", doc("minReplicas"), ({ spec }) => spec?.minReplicas ?? "<unset>"),
    column("MaxPods", "string", doc("maxReplicas"), ({ spec }) => spec?.maxReplicas ?? 0),
    column("Replicas", "string", docOf("V2HorizontalPodAutoscalerStatus", "currentReplicas"), ({ status }) => status?.currentReplicas ?? 0),
    ageColumn,
  ],
  setDefaults: defaultAutoscaler,
  validate: (object, _old, subresource) => [...(subresource === "status" ? checkAutoscalerStatus(object) : checkAutoscaler(object))],
  strategy: { generation: false, prepareForCreate: (draft) => void (draft.status = { desiredReplicas: 0 }) },
};

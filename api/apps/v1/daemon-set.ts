import { defaultPodTemplate } from "#api/core/v1/pod-spec/defaults.ts";
import { containerImages, containerNames } from "#api/core/v1/pod-template.ts";
import { warnPodSpec } from "#api/core/v1/pod-warnings.ts";
import type { V1DaemonSet, V1DaemonSetSpec, V1DaemonSetUpdateStrategy, V1RollingUpdateDaemonSet } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { immutable, nonNegative, type Check } from "#api/meta/check.ts";
import { ageColumn, column, formatLabels, nameColumn, wideColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { invalidValue, notSupported, required } from "#api/meta/field-error.ts";
import type { Draft, ObjectMeta } from "#api/meta/object.ts";
import { semanticEqual } from "#api/meta/semantic-equal.ts";
import { intOrPercentErrors, isNothing, notOverWhole } from "./int-or-percent.ts";
import { checkCounts, checkNotDecremented, checkSelectedTemplate, selectorText } from "./replicas.ts";

export type DaemonSet = V1DaemonSet;

/** How often the template changed: a field of older versions that lives on as an annotation. upstream: DeprecatedTemplateGeneration */
const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

const COUNTS = [
  "currentNumberScheduled",
  "numberMisscheduled",
  "desiredNumberScheduled",
  "numberReady",
  "observedGeneration",
  "updatedNumberScheduled",
  "numberAvailable",
  "numberUnavailable",
  "collisionCount",
];

const SELECTOR =
  "A label query over pods that are managed by the daemon set. Must match in order to be controlled. It must match the pod template's labels. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors";

const setDefaults = (draft: Draft<DaemonSet>): void => {
  const spec = (draft.spec ??= {} as Draft<V1DaemonSetSpec>);
  const strategy = (spec.updateStrategy ??= {});
  strategy.type ||= "RollingUpdate";
  if (strategy.type === "RollingUpdate") {
    const rolling = (strategy.rollingUpdate ??= {});
    rolling.maxUnavailable ??= 1;
    rolling.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= 10;
  defaultPodTemplate((spec.template ??= {}));
};

function* checkRolling(path: string, { maxUnavailable = 0, maxSurge = 0 }: V1RollingUpdateDaemonSet): Check {
  yield* intOrPercentErrors(`${path}.maxUnavailable`, maxUnavailable);
  yield* intOrPercentErrors(`${path}.maxSurge`, maxSurge);
  yield* notOverWhole(`${path}.maxUnavailable`, maxUnavailable);
  yield* notOverWhole(`${path}.maxSurge`, maxSurge);
  const [noneAway, noneMore] = [isNothing(maxUnavailable), isNothing(maxSurge)];
  if (noneAway && noneMore) yield required(`${path}.maxUnavailable`, "cannot be 0 when maxSurge is 0");
  if (!noneAway && !noneMore) yield invalidValue(`${path}.maxSurge`, maxSurge, "may not be set when maxUnavailable is non-zero");
}

function* checkStrategy(path: string, strategy: V1DaemonSetUpdateStrategy): Check {
  const { type, rollingUpdate } = strategy;
  if (type === "OnDelete") return;
  if (type !== "RollingUpdate") yield notSupported(path, strategy, ["RollingUpdate", "OnDelete"]);
  else if (rollingUpdate === undefined) yield required(`${path}.rollingUpdate`);
  else yield* checkRolling(`${path}.rollingUpdate`, rollingUpdate);
}

function* checkSpec(spec: Partial<V1DaemonSetSpec>, old: DaemonSet | undefined): Check {
  yield* checkSelectedTemplate("DaemonSet", spec);
  yield* nonNegative("spec.minReadySeconds", spec.minReadySeconds);
  yield* checkStrategy("spec.updateStrategy", spec.updateStrategy ?? {});
  yield* nonNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit);
  if (old !== undefined) yield* immutable("spec.selector", spec.selector, old.spec?.selector);
}

function* checkStatus({ status = {} as NonNullable<DaemonSet["status"]> }: DaemonSet, old: DaemonSet | undefined): Check {
  yield* checkCounts(status, COUNTS);
  yield* checkNotDecremented("status.collisionCount", status.collisionCount, old?.status?.collisionCount);
}

const templateGeneration = ({ annotations }: ObjectMeta = {}): number => {
  const count = Number.parseInt(annotations?.[TEMPLATE_GENERATION] ?? "", 10);
  return count >= 1 ? count : 1;
};

const countTemplates = (draft: Draft<DaemonSet>, count: number): void => {
  const metadata = (draft.metadata ??= {});
  metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: String(count) };
};

/** upstream: pkg/registry/apps/daemonset/strategy.go */
const prepareForCreate = (draft: Draft<DaemonSet>): void => {
  draft.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
  countTemplates(draft, templateGeneration(draft.metadata));
};

const prepareForUpdate = (draft: Draft<DaemonSet>, old: DaemonSet, subresource: string): void => {
  if (subresource === "status") return;
  const isSame = semanticEqual(draft.spec?.template, old.spec?.template);
  countTemplates(draft, templateGeneration(old.metadata) + (isSame ? 0 : 1));
};

const doc = (field: string): string => docOf("V1DaemonSetStatus", field);

/** DaemonSets: a pod on every node that fits. */
export const daemonSets: Kind<DaemonSet> = {
  group: "apps",
  version: "v1",
  resource: "daemonsets",
  kind: "DaemonSet",
  namespaced: true,
  singular: "daemonset",
  listKind: "DaemonSetList",
  shortNames: ["ds"],
  categories: ["all"],
  verbs: storedVerbs,
  model: "V1DaemonSet",
  bucket: "objects",
  status: true,
  subresources: {},
  columns: [
    nameColumn,
    column("Desired", "integer", doc("desiredNumberScheduled"), ({ status }) => status?.desiredNumberScheduled ?? 0),
    column("Current", "integer", doc("currentNumberScheduled"), ({ status }) => status?.currentNumberScheduled ?? 0),
    column("Ready", "integer", doc("numberReady"), ({ status }) => status?.numberReady ?? 0),
    column("Up-to-date", "integer", doc("updatedNumberScheduled"), ({ status }) => status?.updatedNumberScheduled ?? 0),
    column("Available", "integer", doc("numberAvailable"), ({ status }) => status?.numberAvailable ?? 0),
    column("Node Selector", "string", docOf("V1PodSpec", "nodeSelector"), ({ spec }) => formatLabels(spec?.template?.spec?.nodeSelector)),
    ageColumn,
    wideColumn("Containers", "string", "Names of each container in the template.", ({ spec }) => containerNames(spec?.template)),
    wideColumn("Images", "string", "Images referenced by each container in the template.", ({ spec }) => containerImages(spec?.template)),
    wideColumn("Selector", "string", SELECTOR, ({ spec }) => selectorText(spec?.selector)),
  ],
  setDefaults,
  validate: (object, old, subresource) => [...(subresource === "status" ? checkStatus(object, old) : checkSpec(object.spec ?? {}, old))],
  strategy: {
    generation: true,
    prepareForCreate,
    prepareForUpdate,
    warnings: ({ spec }, old) => warnPodSpec("spec.template.", spec?.template ?? {}, old?.spec?.template),
  },
};

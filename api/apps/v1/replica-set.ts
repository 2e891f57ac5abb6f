import { scale } from "#api/autoscaling/v1/scale.ts";
import { defaultPodTemplate } from "#api/core/v1/pod-spec/defaults.ts";
import { containerImages, containerNames } from "#api/core/v1/pod-template.ts";
import { warnPodSpec } from "#api/core/v1/pod-warnings.ts";
import type { V1ReplicaSet } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { immutable, nonNegative, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn, wideColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { selectable } from "#api/meta/fields.ts";
import type { Draft } from "#api/meta/object.ts";
import { checkCounts, checkParts, checkSelectorAndTemplate, selectorText } from "./replicas.ts";

export type ReplicaSet = V1ReplicaSet;

const COUNTS = ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "terminatingReplicas", "observedGeneration"];
const PARTS = ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"];

const SELECTOR =
  "Selector is a label query over pods that should match the replica count. Label keys and values that must match in order to be controlled by this replica set. It must match the pod template's labels.";

const setDefaults = (draft: Draft<ReplicaSet>): void => {
  const spec = (draft.spec ??= {} as NonNullable<Draft<ReplicaSet>["spec"]>);
  spec.replicas ??= 1;
  defaultPodTemplate((spec.template ??= {}));
};

function* checkSpec({ spec }: ReplicaSet, old: ReplicaSet | undefined): Check {
  yield* nonNegative("spec.replicas", spec?.replicas);
  yield* nonNegative("spec.minReadySeconds", spec?.minReadySeconds);
  yield* checkSelectorAndTemplate(spec ?? {});
  if (old !== undefined) yield* immutable("spec.selector", spec?.selector, old.spec?.selector);
}

function* checkStatus({ status }: ReplicaSet): Check {
  yield* checkCounts(status ?? {}, COUNTS);
  yield* checkParts(status ?? {}, PARTS);
}

/** ReplicaSets: keep a number of equal pods running. */
export const replicaSets: Kind<ReplicaSet> = {
  group: "apps",
  version: "v1",
  resource: "replicasets",
  kind: "ReplicaSet",
  namespaced: true,
  singular: "replicaset",
  listKind: "ReplicaSetList",
  shortNames: ["rs"],
  categories: ["all"],
  verbs: storedVerbs,
  model: "V1ReplicaSet",
  bucket: "objects",
  status: true,
  subresources: { scale },
  fields: selectable({ "status.replicas": "0" }),
  columns: [
    nameColumn,
    column("Desired", "integer", docOf("V1ReplicaSetSpec", "replicas"), ({ spec }) => spec?.replicas ?? 0),
    column("Current", "integer", docOf("V1ReplicaSetStatus", "replicas"), ({ status }) => status?.replicas ?? 0),
    column("Ready", "integer", docOf("V1ReplicaSetStatus", "readyReplicas"), ({ status }) => status?.readyReplicas ?? 0),
    ageColumn,
    wideColumn("Containers", "string", "Names of each container in the template.", ({ spec }) => containerNames(spec?.template)),
    wideColumn("Images", "string", "Images referenced by each container in the template.", ({ spec }) => containerImages(spec?.template)),
    wideColumn("Selector", "string", SELECTOR, ({ spec }) => selectorText(spec?.selector)),
  ],
  setDefaults,
  validate: (object, old, subresource) => [...(subresource === "status" ? checkStatus(object) : checkSpec(object, old))],
  strategy: {
    generation: true,
    prepareForCreate: (draft) => void (draft.status = { replicas: 0 }),
    warnings: ({ spec }, old) => warnPodSpec("spec.template.", spec?.template ?? {}, old?.spec?.template),
  },
};

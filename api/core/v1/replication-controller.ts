import { checkCounts, checkParts, checkTemplateOf } from "#api/apps/v1/replicas.ts";
import { scale } from "#api/autoscaling/v1/scale.ts";
import type { V1ReplicationController } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { nonNegative, type Check } from "#api/meta/check.ts";
import { ageColumn, column, formatLabels, nameColumn, wideColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { required } from "#api/meta/field-error.ts";
import { selectable } from "#api/meta/fields.ts";
import type { Draft } from "#api/meta/object.ts";
import { everything, selectorOfLabels } from "#api/meta/selector.ts";
import { defaultPodTemplate } from "./pod-spec/defaults.ts";
import { containerImages, containerNames } from "./pod-template.ts";
import { warnPodSpec } from "./pod-warnings.ts";

export type ReplicationController = V1ReplicationController;

const COUNTS = ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration"];
const PARTS = ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"];

type Labels = { readonly [key: string]: string } | undefined;
const isNone = (labels: Labels): boolean => Object.keys(labels ?? {}).length === 0;

/** Selector and labels are the template's labels where they are not given. */
const setDefaults = (draft: Draft<ReplicationController>): void => {
  const spec = (draft.spec ??= {});
  spec.replicas ??= 1;
  if (spec.template === undefined) return;
  defaultPodTemplate(spec.template);
  const labels = spec.template.metadata?.labels;
  if (labels === undefined) return;
  if (isNone(spec.selector)) spec.selector = { ...labels };
  const metadata = (draft.metadata ??= {});
  if (isNone(metadata.labels)) metadata.labels = { ...labels };
};

function* checkSpec({ spec = {} }: ReplicationController): Check {
  yield* nonNegative("spec.minReadySeconds", spec.minReadySeconds);
  if (isNone(spec.selector)) yield required("spec.selector");
  yield* nonNegative("spec.replicas", spec.replicas);
  const selector = isNone(spec.selector) ? everything() : selectorOfLabels(spec.selector);
  if (spec.template === undefined) yield required("spec.template");
  else yield* checkTemplateOf("ReplicationController", spec.template, selector);
}

function* checkStatus({ status }: ReplicationController): Check {
  yield* checkCounts(status ?? {}, COUNTS);
  yield* checkParts(status ?? {}, PARTS);
}

const doc = (field: string): string => docOf("V1ReplicationControllerStatus", field);

/** ReplicationControllers: the ReplicaSet's elder. */
export const replicationControllers: Kind<ReplicationController> = {
  group: "",
  version: "v1",
  resource: "replicationcontrollers",
  kind: "ReplicationController",
  namespaced: true,
  singular: "replicationcontroller",
  listKind: "ReplicationControllerList",
  shortNames: ["rc"],
  categories: ["all"],
  verbs: storedVerbs,
  model: "V1ReplicationController",
  bucket: "objects",
  status: true,
  subresources: { scale },
  fields: selectable({ "status.replicas": "0" }),
  columns: [
    nameColumn,
    column("Desired", "integer", docOf("V1ReplicationControllerSpec", "replicas"), ({ spec }) => spec?.replicas ?? 0),
    column("Current", "integer", doc("replicas"), ({ status }) => status?.replicas ?? 0),
    column("Ready", "integer", doc("readyReplicas"), ({ status }) => status?.readyReplicas ?? 0),
    ageColumn,
    wideColumn("Containers", "string", "Names of each container in the template.", ({ spec }) => containerNames(spec?.template)),
    wideColumn("Images", "string", "Images referenced by each container in the template.", ({ spec }) => containerImages(spec?.template)),
    wideColumn("Selector", "string", docOf("V1ReplicationControllerSpec", "selector"), ({ spec }) => formatLabels(spec?.selector)),
  ],
  setDefaults,
  validate: (object, _old, subresource) => [...(subresource === "status" ? checkStatus(object) : checkSpec(object))],
  strategy: {
    generation: true,
    orphansDependents: true,
    prepareForCreate: (draft) => void (draft.status = { replicas: 0 }),
    warnings: ({ spec }, old) => warnPodSpec("spec.template.", spec?.template ?? {}, old?.spec?.template),
  },
};

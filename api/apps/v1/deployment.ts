import { scale } from "#api/autoscaling/v1/scale.ts";
import { defaultPodTemplate } from "#api/core/v1/pod-spec/defaults.ts";
import { containerImages, containerNames } from "#api/core/v1/pod-template.ts";
import { warnPodSpec } from "#api/core/v1/pod-warnings.ts";
import type { V1Deployment, V1DeploymentSpec, V1DeploymentStrategy, V1RollingUpdateDeployment } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { immutable, nonNegative, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn, wideColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { forbiddenField, invalidValue, notSupported, required } from "#api/meta/field-error.ts";
import type { Draft } from "#api/meta/object.ts";
import { intOrPercentErrors, isNothing, notOverWhole } from "./int-or-percent.ts";
import { checkCounts, checkNotDecremented, checkParts, checkSelectorAndTemplate, selectorText } from "./replicas.ts";

export type Deployment = V1Deployment;

const COUNTS = [
  "observedGeneration",
  "replicas",
  "updatedReplicas",
  "readyReplicas",
  "availableReplicas",
  "unavailableReplicas",
  "terminatingReplicas",
  "collisionCount",
];
const PARTS = ["updatedReplicas", "readyReplicas", "availableReplicas"];

const SELECTOR =
  "Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the ones affected by this deployment. It must match the pod template's labels.";

const defaultStrategy = (strategy: Draft<V1DeploymentStrategy>): void => {
  strategy.type ||= "RollingUpdate";
  if (strategy.type !== "RollingUpdate") return;
  const rolling = (strategy.rollingUpdate ??= {});
  rolling.maxUnavailable ??= "25%";
  rolling.maxSurge ??= "25%";
};

const setDefaults = (draft: Draft<Deployment>): void => {
  const spec = (draft.spec ??= {} as Draft<V1DeploymentSpec>);
  spec.replicas ??= 1;
  defaultStrategy((spec.strategy ??= {}));
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  defaultPodTemplate((spec.template ??= {}));
};

function* checkRolling(path: string, { maxUnavailable = 0, maxSurge = 0 }: V1RollingUpdateDeployment): Check {
  yield* intOrPercentErrors(`${path}.maxUnavailable`, maxUnavailable);
  yield* intOrPercentErrors(`${path}.maxSurge`, maxSurge);
  if (isNothing(maxUnavailable) && isNothing(maxSurge)) {
    yield invalidValue(`${path}.maxUnavailable`, maxUnavailable, "may not be 0 when `maxSurge` is 0");
  }
  yield* notOverWhole(`${path}.maxUnavailable`, maxUnavailable);
}

function* checkStrategy(path: string, strategy: V1DeploymentStrategy): Check {
  const { type, rollingUpdate } = strategy;
  if (type === "Recreate") {
    if (rollingUpdate !== undefined) {
      yield forbiddenField(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'");
    }
  } else if (type !== "RollingUpdate") yield notSupported(path, strategy, ["Recreate", "RollingUpdate"]);
  else if (rollingUpdate === undefined) yield required(`${path}.rollingUpdate`, "this should be defaulted and never be nil");
  else yield* checkRolling(`${path}.rollingUpdate`, rollingUpdate);
}

function* checkDeadline({ progressDeadlineSeconds: seconds, minReadySeconds = 0 }: Partial<V1DeploymentSpec>): Check {
  if (seconds === undefined) return;
  yield* nonNegative("spec.progressDeadlineSeconds", seconds);
  if (seconds <= minReadySeconds) yield invalidValue("spec.progressDeadlineSeconds", seconds, "must be greater than minReadySeconds");
}

function* checkSpec(spec: Partial<V1DeploymentSpec>, old: Deployment | undefined): Check {
  yield* nonNegative("spec.replicas", spec.replicas);
  yield* checkSelectorAndTemplate(spec);
  yield* checkStrategy("spec.strategy", spec.strategy ?? {});
  yield* nonNegative("spec.minReadySeconds", spec.minReadySeconds);
  yield* nonNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit);
  yield* checkDeadline(spec);
  if (old !== undefined) yield* immutable("spec.selector", spec.selector, old.spec?.selector);
}

function* checkStatus({ status = {} }: Deployment, old: Deployment | undefined): Check {
  yield* checkCounts(status, COUNTS);
  yield* checkParts(status, PARTS);
  yield* checkNotDecremented("status.collisionCount", status.collisionCount, old?.status?.collisionCount);
}

/** Deployments: roll ReplicaSets out and back. */
export const deployments: Kind<Deployment> = {
  group: "apps",
  version: "v1",
  resource: "deployments",
  kind: "Deployment",
  namespaced: true,
  singular: "deployment",
  listKind: "DeploymentList",
  shortNames: ["deploy"],
  categories: ["all"],
  verbs: storedVerbs,
  model: "V1Deployment",
  bucket: "objects",
  status: true,
  subresources: { scale },
  columns: [
    nameColumn,
    column(
      "Ready",
      "string",
      "Number of the pod with ready state",
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    ),
    column("Up-to-date", "string", docOf("V1DeploymentStatus", "updatedReplicas"), ({ status }) => status?.updatedReplicas ?? 0),
    column("Available", "string", docOf("V1DeploymentStatus", "availableReplicas"), ({ status }) => status?.availableReplicas ?? 0),
    ageColumn,
    wideColumn("Containers", "string", "Names of each container in the template.", ({ spec }) => containerNames(spec?.template)),
    wideColumn("Images", "string", "Images referenced by each container in the template.", ({ spec }) => containerImages(spec?.template)),
    wideColumn("Selector", "string", SELECTOR, ({ spec }) => selectorText(spec?.selector)),
  ],
  setDefaults,
  validate: (object, old, subresource) => [...(subresource === "status" ? checkStatus(object, old) : checkSpec(object.spec ?? {}, old))],
  strategy: {
    generation: true,
    prepareForCreate: (draft) => void (draft.status = {}),
    warnings: ({ spec }, old) => warnPodSpec("spec.template.", spec?.template ?? {}, old?.spec?.template),
  },
};

// What a StatefulSet must be. upstream: pkg/apis/apps/validation/validation.go (ValidateStatefulSet…)
import type {
  V1PodTemplateSpec,
  V1RollingUpdateStatefulSetStrategy,
  V1StatefulSet,
  V1StatefulSetSpec,
  V1StatefulSetUpdateStrategy,
} from "#api/generated/types.ts";
import { nonNegative, oneOf, optionalAs, type Check } from "#api/meta/check.ts";
import { forbiddenField, invalidValue, required } from "#api/meta/field-error.ts";
import { dns1123Label } from "#api/meta/names.ts";
import { semanticEqualBut } from "#api/meta/semantic-equal.ts";
import { intOrPercentErrors, isNothing, notOverWhole } from "./int-or-percent.ts";
import { checkCounts, checkParts, checkSelectedTemplate } from "./replicas.ts";

const CHANGEABLE = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];
const FIXED =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
const RETENTIONS = ["Retain", "Delete"];
const COUNTS = [
  "replicas",
  "readyReplicas",
  "currentReplicas",
  "updatedReplicas",
  "availableReplicas",
  "observedGeneration",
  "collisionCount",
];
const PARTS = ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"];

function* checkRolling(path: string, { partition, maxUnavailable }: V1RollingUpdateStatefulSetStrategy): Check {
  yield* nonNegative(`${path}.partition`, partition);
  if (maxUnavailable === undefined) return;
  const at = `${path}.maxUnavailable`;
  yield* intOrPercentErrors(at, maxUnavailable);
  if (isNothing(maxUnavailable)) yield invalidValue(at, maxUnavailable, "cannot be 0");
  yield* notOverWhole(at, maxUnavailable);
}

function* checkStrategy(path: string, strategy: V1StatefulSetUpdateStrategy): Check {
  const { type = "", rollingUpdate } = strategy;
  if (type === "") yield required(path);
  else if (type === "OnDelete") {
    if (rollingUpdate !== undefined) {
      yield invalidValue(`${path}.rollingUpdate`, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'");
    }
  } else if (type !== "RollingUpdate") yield invalidValue(path, strategy, "must be 'RollingUpdate' or 'OnDelete'");
  else if (rollingUpdate !== undefined) yield* checkRolling(`${path}.rollingUpdate`, rollingUpdate);
}

function* checkPolicies(spec: Partial<V1StatefulSetSpec>): Check {
  const { podManagementPolicy: policy = "", persistentVolumeClaimRetentionPolicy: retention } = spec;
  if (policy === "") yield required("spec.podManagementPolicy");
  else if (policy !== "OrderedReady" && policy !== "Parallel") {
    yield invalidValue("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'");
  }
  yield* checkStrategy("spec.updateStrategy", spec.updateStrategy ?? {});
  const at = "spec.persistentVolumeClaimRetentionPolicy";
  if (retention === undefined) return;
  yield* oneOf(`${at}.whenDeleted`, retention.whenDeleted ?? "", RETENTIONS);
  yield* oneOf(`${at}.whenScaled`, retention.whenScaled ?? "", RETENTIONS);
}

/** The template with the volumes that its claims will be. */
const withClaims = ({ template, volumeClaimTemplates = [] }: Partial<V1StatefulSetSpec>): V1PodTemplateSpec | undefined => {
  if (template?.spec === undefined || volumeClaimTemplates.length === 0) return template;
  const names = volumeClaimTemplates.map(({ metadata }) => metadata?.name ?? "");
  const own = (template.spec.volumes ?? []).filter(({ name }) => !names.includes(name));
  const claims = names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  return { ...template, spec: { ...template.spec, volumes: [...own, ...claims] } };
};

function* checkSpec(spec: Partial<V1StatefulSetSpec>): Check {
  yield* checkPolicies(spec);
  yield* nonNegative("spec.replicas", spec.replicas);
  yield* nonNegative("spec.minReadySeconds", spec.minReadySeconds);
  yield* nonNegative("spec.ordinals.start", spec.ordinals?.start);
  if (spec.selector === undefined) yield required("spec.selector");
  yield* checkSelectedTemplate("StatefulSet", { selector: spec.selector, template: withClaims(spec) });
}

/** A new StatefulSet, or a changed one. */
export function* checkStatefulSet({ spec = {} as V1StatefulSetSpec }: V1StatefulSet, old: V1StatefulSet | undefined): Check {
  yield* checkSpec(spec);
  if (old === undefined) yield* optionalAs("spec.serviceName", spec.serviceName, dns1123Label);
  else if (!semanticEqualBut(spec, old.spec ?? {}, ...CHANGEABLE)) yield forbiddenField("spec", FIXED);
}

/** The counts of a StatefulSet's status. */
export function* checkStatefulSetStatus({ status }: V1StatefulSet): Check {
  yield* checkCounts(status ?? {}, COUNTS);
  yield* checkParts(status ?? {}, PARTS, "status.readyReplicas");
}

import { scale } from "#api/autoscaling/v1/scale.ts";
import { defaultClaim } from "#api/core/v1/persistent-volume-claim-spec.ts";
import { defaultPodTemplate } from "#api/core/v1/pod-spec/defaults.ts";
import { containerImages, containerNames } from "#api/core/v1/pod-template.ts";
import { warnPodSpec } from "#api/core/v1/pod-warnings.ts";
import type { V1StatefulSet, V1StatefulSetSpec } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { ageColumn, column, nameColumn, wideColumn } from "#api/meta/columns.ts";
import { dns1123Label } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";
import { checkStatefulSet, checkStatefulSetStatus } from "./stateful-set-validate.ts";

export type StatefulSet = V1StatefulSet;

/** upstream: pkg/apis/apps/v1/defaults.go SetDefaults_StatefulSet */
const defaultStrategy = (spec: Draft<V1StatefulSetSpec>): void => {
  const strategy = (spec.updateStrategy ??= {});
  strategy.type ||= "RollingUpdate";
  if (strategy.type === "RollingUpdate") (strategy.rollingUpdate ??= {}).partition ??= 0;
  const retention = (spec.persistentVolumeClaimRetentionPolicy ??= {});
  retention.whenDeleted ||= "Retain";
  retention.whenScaled ||= "Retain";
};

const setDefaults = (draft: Draft<StatefulSet>): void => {
  const spec = (draft.spec ??= {} as Draft<V1StatefulSetSpec>);
  spec.podManagementPolicy ||= "OrderedReady";
  defaultStrategy(spec);
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  defaultPodTemplate((spec.template ??= {}));
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion = "v1";
    claim.kind = "PersistentVolumeClaim";
    defaultClaim(claim);
  }
};

const NAME_WARNING =
  "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended:";

const nameWarnings = (name: string): readonly string[] => {
  const reasons = dns1123Label(name);
  return reasons.length === 0 ? [] : [`${NAME_WARNING} [${reasons.join(" ")}]`];
};

function* warnings({ metadata, spec }: StatefulSet, old: StatefulSet | undefined): Iterable<string> {
  if (old === undefined) yield* nameWarnings(metadata?.name ?? "");
  const { template = {}, revisionHistoryLimit = 0 }: Partial<V1StatefulSetSpec> = spec ?? {};
  yield* warnPodSpec("spec.template.", template, old?.spec?.template);
  if (revisionHistoryLimit < 0) yield "spec.revisionHistoryLimit: a negative value retains all historical revisions";
}

/** StatefulSets: pods with a name and storage of their own. */
export const statefulSets: Kind<StatefulSet> = {
  group: "apps",
  version: "v1",
  resource: "statefulsets",
  kind: "StatefulSet",
  namespaced: true,
  singular: "statefulset",
  listKind: "StatefulSetList",
  shortNames: ["sts"],
  categories: ["all"],
  verbs: storedVerbs,
  model: "V1StatefulSet",
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
    ageColumn,
    wideColumn("Containers", "string", "Names of each container in the template.", ({ spec }) => containerNames(spec?.template)),
    wideColumn("Images", "string", "Images referenced by each container in the template.", ({ spec }) => containerImages(spec?.template)),
  ],
  setDefaults,
  validate: (object, old, subresource) => [...(subresource === "status" ? checkStatefulSetStatus(object) : checkStatefulSet(object, old))],
  strategy: {
    generation: true,
    prepareForCreate: (draft) => void (draft.status = { replicas: 0, availableReplicas: 0 }),
    warnings: (object, old) => [...warnings(object, old)],
  },
};

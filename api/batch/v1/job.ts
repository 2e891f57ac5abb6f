import { selectorText } from "#api/apps/v1/replicas.ts";
import { defaultPodTemplate } from "#api/core/v1/pod-spec/defaults.ts";
import { containerImages, containerNames } from "#api/core/v1/pod-template.ts";
import { warnPodSpec } from "#api/core/v1/pod-warnings.ts";
import type { V1Job, V1JobSpec } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { humanDuration } from "#api/meta/age.ts";
import { ageColumn, column, nameColumn, wideColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import type { Draft } from "#api/meta/object.ts";
import { CONTROLLER_UID_LABEL, JOB_NAME_LABEL, LEGACY_CONTROLLER_UID_LABEL, LEGACY_JOB_NAME_LABEL } from "./job-labels.ts";
import { checkJobStatus } from "./job-status-validate.ts";
import { checkJob } from "./job-validate.ts";

export type Job = V1Job;

const MAX_INT32 = 2 ** 31 - 1;

/** What upstream says of the selector. */
export const SELECTOR_DOC =
  "A label query over pods that should match the pod count. Normally, the system sets this field for you. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors";

/** Completes what a failure policy leaves out; in the jobs of a CronJob too. upstream: SetDefaults_PodFailurePolicyOnPodConditionsPattern */
export const defaultFailurePolicy = (policy: Draft<V1JobSpec>["podFailurePolicy"]): void => {
  for (const { onPodConditions } of policy?.rules ?? []) for (const pattern of onPodConditions ?? []) pattern.status ||= "True";
};

/** upstream: pkg/apis/batch/v1/defaults.go SetDefaults_Job */
const defaultSpec = (spec: Draft<V1JobSpec>): void => {
  const { completions, parallelism, backoffLimitPerIndex, podFailurePolicy } = spec;
  if (completions === undefined && parallelism === undefined) spec.completions = 1;
  const defaults = {
    parallelism: 1,
    backoffLimit: backoffLimitPerIndex === undefined ? 6 : MAX_INT32,
    completionMode: "NonIndexed",
    suspend: false,
    podReplacementPolicy: podFailurePolicy === undefined ? "TerminatingOrFailed" : "Failed",
    manualSelector: false,
  };
  Object.assign(spec, { ...defaults, ...spec });
  defaultFailurePolicy(spec.podFailurePolicy);
  defaultPodTemplate((spec.template ??= {}));
};

const setDefaults = (draft: Draft<Job>): void => {
  const spec = (draft.spec ??= {} as Draft<V1JobSpec>);
  const labels = spec.template?.metadata?.labels ?? {};
  const metadata = (draft.metadata ??= {});
  if (Object.keys(metadata.labels ?? {}).length === 0 && Object.keys(labels).length > 0) metadata.labels = { ...labels };
  defaultSpec(spec);
};

/** What tells a job's pods from all others. Labels that a client gave stay, for validation to refuse. upstream: generateSelector */
const selectOwnPods = ({ metadata, spec }: Draft<Job>): void => {
  if (spec === undefined || spec.manualSelector === true) return;
  const { name = "", uid = "" } = metadata ?? {};
  const template = (spec.template ??= {});
  const own = {
    [LEGACY_JOB_NAME_LABEL]: name,
    [JOB_NAME_LABEL]: name,
    [LEGACY_CONTROLLER_UID_LABEL]: uid,
    [CONTROLLER_UID_LABEL]: uid,
  };
  template.metadata = { ...template.metadata, labels: { ...own, ...template.metadata?.labels } };
  spec.selector = { ...spec.selector, matchLabels: { [CONTROLLER_UID_LABEL]: uid, ...spec.selector?.matchLabels } };
};

const prepareForCreate = (draft: Draft<Job>): void => {
  draft.status = {};
  selectOwnPods(draft);
};

/** upstream: printJob */
const statusText = ({ metadata, status }: Job): string => {
  const isTrue = (type: string): boolean => status?.conditions?.some((one) => one.type === type && one.status === "True") === true;
  if (isTrue("Complete")) return "Complete";
  if (isTrue("Failed")) return "Failed";
  if (metadata?.deletionTimestamp !== undefined) return "Terminating";
  return ["Suspended", "FailureTarget", "SuccessCriteriaMet"].find(isTrue) ?? "Running";
};

const completionsText = ({ spec, status }: Job): string => {
  const { completions, parallelism = 0 } = (spec ?? {}) as Partial<V1JobSpec>;
  const succeeded = status?.succeeded ?? 0;
  if (completions !== undefined) return `${succeeded}/${completions}`;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
};

const durationText = ({ status }: Job, nowMs: number): string => {
  if (status?.startTime === undefined) return "";
  const endMs = status.completionTime === undefined ? nowMs : Date.parse(status.completionTime);
  return humanDuration(endMs - Date.parse(status.startTime));
};

/** Jobs: pods that run until a number of them have succeeded. */
export const jobs: Kind<Job> = {
  group: "batch",
  version: "v1",
  resource: "jobs",
  kind: "Job",
  namespaced: true,
  singular: "job",
  listKind: "JobList",
  shortNames: [],
  categories: ["all"],
  verbs: storedVerbs,
  model: "V1Job",
  bucket: "objects",
  status: true,
  subresources: {},
  fields: ({ status }) => ({ "status.successful": String(status?.succeeded ?? 0) }),
  columns: [
    nameColumn,
    column("Status", "string", "Status of the job.", statusText),
    column("Completions", "string", docOf("V1JobStatus", "succeeded"), completionsText),
    column("Duration", "string", "Time required to complete the job.", durationText),
    ageColumn,
    wideColumn("Containers", "string", "Names of each container in the template.", ({ spec }) => containerNames(spec?.template)),
    wideColumn("Images", "string", "Images referenced by each container in the template.", ({ spec }) => containerImages(spec?.template)),
    wideColumn("Selector", "string", SELECTOR_DOC, ({ spec }) => selectorText(spec?.selector)),
  ],
  setDefaults,
  validate: (object, old, subresource) => [...(subresource === "status" ? checkJobStatus(object, old) : checkJob(object, old))],
  strategy: {
    generation: true,
    orphansDependents: true,
    prepareForCreate,
    warnings: ({ spec }, old) => warnPodSpec("spec.template.", spec?.template ?? {}, old?.spec?.template),
  },
};

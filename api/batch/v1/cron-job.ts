import { selectorText } from "#api/apps/v1/replicas.ts";
import { defaultPodTemplate } from "#api/core/v1/pod-spec/defaults.ts";
import { containerImages, containerNames } from "#api/core/v1/pod-template.ts";
import { warnPodSpec } from "#api/core/v1/pod-warnings.ts";
import type { V1CronJob, V1CronJobSpec, V1JobSpec, V1JobTemplateSpec } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { translateTimestampSince } from "#api/meta/age.ts";
import { broken, neededOneOf, nonNegative, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn, wideColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { invalidValue, notSupported, required } from "#api/meta/field-error.ts";
import type { Draft } from "#api/meta/object.ts";
import { CronError, parseCron } from "./cron.ts";
import { defaultFailurePolicy, SELECTOR_DOC } from "./job.ts";
import { checkJobSpec } from "./job-validate.ts";

export type CronJob = V1CronJob;

/** What is left for the name when the controller has added a time to it. */
const MAX_NAME = 52;
const POLICIES = ["Allow", "Forbid", "Replace"];
const ZONES = "https://www.iana.org/time-zones";

/** upstream: pkg/apis/batch/v1/defaults.go SetDefaults_CronJob */
const setDefaults = (draft: Draft<CronJob>): void => {
  const spec = (draft.spec ??= {} as Draft<V1CronJobSpec>);
  spec.concurrencyPolicy ||= "Allow";
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  const job = ((spec.jobTemplate ??= {}).spec ??= {} as Draft<V1JobSpec>);
  defaultFailurePolicy(job.podFailurePolicy);
  defaultPodTemplate((job.template ??= {}));
};

const isKnownZone = (zone: string): boolean => {
  try {
    Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
};

const zoneErrors = (zone: string): readonly string[] => {
  if (zone === "") return ["timeZone must be nil or non-empty string"];
  if (zone.toLowerCase() === "local") return [`timeZone must be an explicit time zone as defined in ${ZONES}`];
  return isKnownZone(zone) ? [] : [`unknown time zone ${zone}`];
};

const cronErrors = (schedule: string): readonly string[] => {
  try {
    parseCron(schedule);
    return [];
  } catch (error) {
    if (error instanceof CronError) return [error.message];
    throw error;
  }
};

function* checkSchedule({ schedule = "", timeZone }: Partial<V1CronJobSpec>, old: Partial<V1CronJobSpec>): Check {
  if (schedule === "") return yield required("spec.schedule");
  const isNew = old.schedule !== schedule;
  if (!schedule.includes("TZ")) yield* broken("spec.schedule", schedule, cronErrors(schedule));
  else if (timeZone !== undefined) {
    yield invalidValue("spec.schedule", schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule");
  } else if (isNew) yield invalidValue("spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
}

function* checkTemplate(path: string, { spec }: V1JobTemplateSpec): Check {
  yield* checkJobSpec(`${path}.spec`, spec ?? {});
  if (spec?.selector !== undefined) yield invalidValue(`${path}.spec.selector`, spec.selector, "`selector` will be auto-generated");
  if (spec?.manualSelector === true) yield notSupported(`${path}.spec.manualSelector`, true, ["nil", "false"]);
}

function* checkName({ metadata }: CronJob): Check {
  const name = metadata?.name ?? "";
  if (name.length > MAX_NAME) yield invalidValue("metadata.name", name, `must be no more than ${MAX_NAME} characters`);
}

/** upstream: pkg/apis/batch/validation/validation.go validateCronJobSpec */
function* check(cronJob: CronJob, old: CronJob | undefined): Check {
  const [spec, before] = [cronJob.spec ?? {}, old?.spec ?? {}] as readonly [Partial<V1CronJobSpec>, Partial<V1CronJobSpec>];
  yield* checkSchedule(spec, before);
  yield* nonNegative("spec.startingDeadlineSeconds", spec.startingDeadlineSeconds);
  const { timeZone } = spec;
  if (timeZone !== undefined && timeZone !== before.timeZone) yield* broken("spec.timeZone", timeZone, zoneErrors(timeZone));
  yield* neededOneOf("spec.concurrencyPolicy", spec.concurrencyPolicy, POLICIES);
  yield* checkTemplate("spec.jobTemplate", spec.jobTemplate ?? {});
  yield* nonNegative("spec.successfulJobsHistoryLimit", spec.successfulJobsHistoryLimit);
  yield* nonNegative("spec.failedJobsHistoryLimit", spec.failedJobsHistoryLimit);
  if (old === undefined) yield* checkName(cronJob);
}

const templateOf = ({ spec }: CronJob) => spec?.jobTemplate?.spec?.template;

const flag = (value: boolean | undefined): string => (value === undefined ? "<unset>" : value ? "True" : "False");

const lastScheduled = ({ status }: CronJob, nowMs: number): string =>
  status?.lastScheduleTime === undefined ? "<none>" : translateTimestampSince(status.lastScheduleTime, nowMs);

const doc = (field: string): string => docOf("V1CronJobSpec", field);

/** CronJobs: jobs at times of a schedule. */
export const cronJobs: Kind<CronJob> = {
  group: "batch",
  version: "v1",
  resource: "cronjobs",
  kind: "CronJob",
  namespaced: true,
  singular: "cronjob",
  listKind: "CronJobList",
  shortNames: ["cj"],
  categories: ["all"],
  verbs: storedVerbs,
  model: "V1CronJob",
  bucket: "objects",
  status: true,
  subresources: {},
  columns: [
    nameColumn,
    column("Schedule", "string", doc("schedule"), ({ spec }) => spec?.schedule ?? ""),
    column("Timezone", "string", doc("timeZone"), ({ spec }) => spec?.timeZone ?? "<none>"),
    column("Suspend", "boolean", doc("suspend"), ({ spec }) => flag(spec?.suspend)),
    column("Active", "integer", docOf("V1CronJobStatus", "active"), ({ status }) => status?.active?.length ?? 0),
    column("Last Schedule", "string", docOf("V1CronJobStatus", "lastScheduleTime"), lastScheduled),
    ageColumn,
    wideColumn("Containers", "string", "Names of each container in the template.", (object) => containerNames(templateOf(object))),
    wideColumn("Images", "string", "Images referenced by each container in the template.", (object) => containerImages(templateOf(object))),
    wideColumn("Selector", "string", SELECTOR_DOC, ({ spec }) => selectorText(spec?.jobTemplate?.spec?.selector)),
  ],
  setDefaults,
  validate: (object, old, subresource) => (subresource === "status" ? [] : [...check(object, old)]),
  strategy: {
    generation: true,
    prepareForCreate: (draft) => void (draft.status = {}),
    warnings: (object, old) =>
      warnPodSpec("spec.jobTemplate.spec.template.", templateOf(object) ?? {}, old === undefined ? undefined : templateOf(old)),
  },
};

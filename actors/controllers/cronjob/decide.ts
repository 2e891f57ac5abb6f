// What a CronJob needs: first its status is made true and old Jobs go; once it is, the start that is due is made. Pure.
// upstream: pkg/controller/cronjob/cronjob_controllerv2.go syncCronJob, cleanupFinishedJobs
import type { CronJob } from "#api/batch/v1/cron-job.ts";
import type { Job } from "#api/batch/v1/job.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Stored } from "#api/meta/object.ts";
import { toTime } from "#lib/clock.ts";
import type { Requeue } from "#lib/controller.ts";
import { dueStart, lookAgainAt, NEVER } from "./schedule.ts";
import { jobName } from "./started-job.ts";

/** `jobs` are the CronJob's own; `missing` the UIDs that its status names and that are nowhere. */
export type Observed = {
  readonly cronJob: Stored<CronJob>;
  readonly jobs: readonly Stored<Job>[];
  readonly missing: ReadonlySet<string>;
};

export type Status = NonNullable<CronJob["status"]>;
type Active = NonNullable<Status["active"]>[number];
type Told = { readonly type: "Normal" | "Warning"; readonly reason: string; readonly message: string };

export type Action =
  | ({ readonly do: "tell"; readonly cronJob: Stored<CronJob> } & Told)
  | { readonly do: "report"; readonly cronJob: Stored<CronJob>; readonly status: Status }
  | { readonly do: "remove"; readonly cronJob: Stored<CronJob>; readonly name: string; readonly uid: string }
  | { readonly do: "start"; readonly cronJob: Stored<CronJob>; readonly atMs: number };

/** How a Job ended, if it has. upstream: FinishedCondition */
const endOf = ({ status }: Job): string | undefined =>
  status?.conditions?.find(({ type, status: is }) => (type === "Complete" || type === "Failed") && is === "True")?.type;

const uidOf = ({ uid }: Active): string => uid ?? "";

const noticed = ({ cronJob, jobs, missing }: Observed): readonly Told[] => {
  const active = cronJob.status?.active ?? [];
  const listed = new Set(active.map(uidOf));
  const gone = active.filter((reference) => missing.has(uidOf(reference)));
  return [
    ...jobs.flatMap((job): readonly Told[] => {
      const { name, uid } = job.metadata;
      const [end, isListed] = [endOf(job), listed.has(uid)];
      if (isListed && end !== undefined)
        return [{ type: "Normal", reason: "SawCompletedJob", message: `Saw completed job: ${name}, condition: ${end}` }];
      if (isListed || end !== undefined) return [];
      return [{ type: "Warning", reason: "UnexpectedJob", message: `Saw a job that the controller did not create or forgot: ${name}` }];
    }),
    ...gone.map(({ name }): Told => ({ type: "Normal", reason: "MissingJob", message: `Active job went missing: ${name}` })),
  ];
};

const lastSuccess = ({ cronJob, jobs }: Observed): string | undefined => {
  const times = jobs.flatMap((job) => (endOf(job) === "Complete" ? [job.status?.completionTime] : []));
  return [cronJob.status?.lastSuccessfulTime, ...times]
    .filter((time) => time !== undefined)
    .toSorted()
    .at(-1);
};

/** The status without what has ended or gone. */
const statusOf = (observed: Observed): Status => {
  const { cronJob, jobs, missing } = observed;
  const { active = [], ...rest } = cronJob.status ?? {};
  const ended = new Set(jobs.filter((job) => endOf(job) !== undefined).map(({ metadata }) => metadata.uid));
  const left = active.filter((reference) => !ended.has(uidOf(reference)) && !missing.has(uidOf(reference)));
  const lastSuccessfulTime = lastSuccess(observed);
  return {
    ...rest,
    ...(left.length === 0 ? {} : { active: left }),
    ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
  };
};

const startOf = ({ status }: Job): number => Date.parse(status?.startTime ?? "") || Number.MAX_SAFE_INTEGER;

/** The oldest of the Jobs that ended so, beyond the limit. upstream: removeOldestJobs, byJobStartTime */
const beyond = (jobs: readonly Stored<Job>[], end: string, limit: number | undefined): readonly Stored<Job>[] => {
  const ended = jobs.filter((job) => endOf(job) === end);
  const oldestFirst = ended.toSorted((a, b) => startOf(a) - startOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
  return limit === undefined ? [] : oldestFirst.slice(0, Math.max(0, ended.length - limit));
};

const history = ({ cronJob, jobs }: Observed): readonly Action[] => {
  const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cronJob.spec ?? {};
  const present = jobs.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const old = [...beyond(present, "Complete", successfulJobsHistoryLimit), ...beyond(present, "Failed", failedJobsHistoryLimit)];
  return old.map(({ metadata: { name, uid } }) => ({ do: "remove", cronJob, name, uid }));
};

const tell = (cronJob: Stored<CronJob>, type: Told["type"], reason: string, message: string): Action => ({
  do: "tell",
  cronJob,
  type,
  reason,
  message,
});

const isMade = (cronJob: Stored<CronJob>, atMs: number): boolean =>
  cronJob.status?.lastScheduleTime === toTime(atMs) || cronJob.status?.active?.some(({ name }) => name === jobName(cronJob, atMs)) === true;

/** Ends what runs. Its report wakes us, and then nothing runs any more. */
const makeRoom = (cronJob: Stored<CronJob>, running: readonly Active[]): readonly Action[] => {
  const { active: _, ...status } = cronJob.status ?? {};
  const removed = running.map(({ name = "", uid = "" }): Action => ({ do: "remove", cronJob, name, uid }));
  return [...removed, { do: "report", cronJob, status }];
};

/** Starts what is due at this time, as the policy for Jobs that still run allows. */
const start = (cronJob: Stored<CronJob>, atMs: number): readonly Action[] => {
  if (isMade(cronJob, atMs)) return [];
  const { spec, status: { active = [] } = {} } = cronJob;
  const policy = active.length === 0 ? "Allow" : spec?.concurrencyPolicy;
  if (policy === "Replace") return makeRoom(cronJob, active);
  if (policy !== "Forbid") return [{ do: "start", cronJob, atMs }];
  const message = "Not starting job because prior execution is running and concurrency policy is Forbid";
  return [tell(cronJob, "Normal", "JobAlreadyActive", message)];
};

const schedule = (cronJob: Stored<CronJob>, nowMs: number): readonly (Action | Requeue)[] => {
  const due = dueStart(cronJob, nowMs);
  if (due === NEVER) {
    const why = "time difference between two schedules is less than 1 second";
    return [tell(cronJob, "Warning", "InvalidSchedule", `invalid schedule: ${cronJob.spec?.schedule} : ${why}`)];
  }
  const again = lookAgainAt(cronJob, nowMs);
  const tooMany = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
  return [
    ...(due.isOneOfMany ? [tell(cronJob, "Warning", "TooManyMissedTimes", tooMany)] : []),
    ...(due.at === undefined ? [] : start(cronJob, due.at)),
    ...(again === undefined ? [] : [{ do: "requeue", afterMs: Math.max(0, again - nowMs) } as const]),
  ];
};

/** What to do for the CronJob now. */
export const decide = (observed: Observed, nowMs: number): readonly (Action | Requeue)[] => {
  const { cronJob } = observed;
  const status = statusOf(observed);
  const isTrue = deepEqual(status, cronJob.status ?? {});
  const rests = cronJob.metadata.deletionTimestamp !== undefined || cronJob.spec?.suspend === true;
  return [
    ...noticed(observed).map(({ type, reason, message }) => tell(cronJob, type, reason, message)),
    ...(isTrue ? [] : [{ do: "report", cronJob, status } as const]),
    ...history(observed),
    ...(isTrue && !rests ? schedule(cronJob, nowMs) : []),
  ];
};

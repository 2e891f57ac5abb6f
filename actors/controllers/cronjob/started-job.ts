// The Job of one start of a CronJob. Pure. upstream: pkg/controller/cronjob/utils.go getJobFromTemplate2
import { cronJobs, type CronJob } from "#api/batch/v1/cron-job.ts";
import type { Job } from "#api/batch/v1/job.ts";
import type { Stored } from "#api/meta/object.ts";
import { controllerReference } from "../pods/claim.ts";

const SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp";
const MINUTE_MS = 60_000;

/** The same for the same start, so that none is made twice. */
export const jobName = ({ metadata }: Stored<CronJob>, atMs: number): string => `${metadata.name}-${Math.floor(atMs / MINUTE_MS)}`;

/** As Go writes RFC 3339: with the offset of the zone, or Z. */
const timestamp = (atMs: number, timeZone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(atMs)
    .toZonedDateTimeISO(timeZone)
    .toString({ timeZoneName: "never", fractionalSecondDigits: 0 })
    .replace("+00:00", "Z");

/** The Job that starts at a time of the schedule. */
export const startedJob = (cronJob: Stored<CronJob>, atMs: number): Job => {
  const { jobTemplate, timeZone = "UTC" } = cronJob.spec ?? {};
  const { labels, annotations } = jobTemplate?.metadata ?? {};
  return {
    metadata: {
      name: jobName(cronJob, atMs),
      namespace: cronJob.metadata.namespace,
      labels,
      annotations: { ...annotations, [SCHEDULED]: timestamp(atMs, timeZone) },
      ownerReferences: [controllerReference(cronJobs, cronJob)],
    },
    spec: jobTemplate?.spec,
  };
};

// A process that stands for whoever runs Jobs: those of a CronJob that starts one each minute end after a while, well or badly.
import { jobs } from "#api/batch/v1/job.ts";
import type { V1CronJob, V1Job } from "#api/generated/types.ts";
import { controllerOf, type Stored } from "#api/meta/object.ts";
import type { Client } from "#lib/client.ts";
import { toTime } from "#lib/clock.ts";
import { aPodSpec } from "#test/support/objects.ts";
import { ADMIN } from "./cluster.ts";
import { between, chance } from "./draw.ts";
import type { History } from "./history.ts";
import type { Life } from "./process.ts";

/** The CronJob of the scenario. */
export const TIMETABLE = { namespace: "default", name: "tick" };
const KEPT = { successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 1 };
const MINUTE_MS = 60_000;
const LONGEST_MS = 90_000;

/** A Job each minute, unless one still runs. */
export const aTimetable = (): V1CronJob => ({
  metadata: TIMETABLE,
  spec: {
    schedule: "* * * * *",
    concurrencyPolicy: "Forbid",
    ...KEPT,
    jobTemplate: { spec: { template: { spec: aPodSpec({ restartPolicy: "Never" }) } } },
  },
});

const isEnded = ({ status }: V1Job, type: string): boolean => status?.conditions?.some((condition) => condition.type === type) === true;
const isRunning = (job: V1Job): boolean => !isEnded(job, "Complete") && !isEnded(job, "Failed");

/** Boots the process. */
export const bootJobs = ({ clock, connect, random }: Life): void => {
  const client = connect(ADMIN);
  const again = (): void => {
    const isGood = chance(random, 0.7);
    void end(client, isGood ? "Complete" : "Failed", clock.now()).catch(() => undefined);
    clock.setTimeout(again, between(random, 1_000, LONGEST_MS));
  };
  again();
};

const end = async (client: Client, type: "Complete" | "Failed", nowMs: number): Promise<void> => {
  const { items } = await client.list(jobs, { namespace: TIMETABLE.namespace });
  const time = toTime(nowMs);
  for (const job of items.filter(isRunning)) {
    const conditions = [type === "Complete" ? "SuccessCriteriaMet" : "FailureTarget", type].map((one) => ({
      type: one,
      status: "True",
      lastTransitionTime: time,
    }));
    const startTime = job.metadata.creationTimestamp;
    const status =
      type === "Complete" ? { startTime, completionTime: time, succeeded: 1, conditions } : { startTime, failed: 1, conditions };
    await client.update(jobs, { ...job, status }, { subresource: "status" });
  }
};

/** C2: the last start is not long ago, its own Jobs are as many as may be kept, and it names only those that are there. */
export const isKept = (history: History, nowMs: number): boolean => {
  const [cronJob] = history.list<V1CronJob>("cronjobs.batch");
  const own = history.list<V1Job>("jobs.batch").filter((job: Stored<V1Job>) => controllerOf(job)?.uid === cronJob?.metadata.uid);
  const { active = [], lastScheduleTime = "" } = cronJob?.status ?? {};
  const count = (type: string): number => own.filter((job) => isEnded(job, type)).length;
  return (
    nowMs - Date.parse(lastScheduleTime) < 2 * MINUTE_MS + LONGEST_MS &&
    count("Complete") <= KEPT.successfulJobsHistoryLimit &&
    count("Failed") <= KEPT.failedJobsHistoryLimit &&
    active.every(({ uid }) => own.some((job) => job.metadata.uid === uid && isRunning(job)))
  );
};

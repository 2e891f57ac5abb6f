// Reads and writes of the CronJob controller.
import { cronJobs, type CronJob } from "#api/batch/v1/cron-job.ts";
import { jobs, type Job } from "#api/batch/v1/job.ts";
import { controllerOf, objectKey, type Stored } from "#api/meta/object.ts";
import { hasCause, ignoreNotFound, isReason, NAMESPACE_TERMINATING } from "#api/meta/status.ts";
import { toTime, type Clock } from "#lib/clock.ts";
import { changesOf, defineController, ownerKey, type ControllerPorts, type KeySource, type Reach } from "#lib/controller.ts";
import { DelayQueue } from "#lib/delay-queue.ts";
import { referenceTo } from "#lib/event-recorder.ts";
import type { Informer } from "#lib/informer.ts";
import { decide, type Action, type Observed, type Status } from "./decide.ts";
import { lookAgainAt } from "./schedule.ts";
import { startedJob } from "./started-job.ts";

type ActionOf<D extends Action["do"]> = Action & { readonly do: D };

const isSameSchedule = ({ spec: a }: CronJob, { spec: b }: CronJob): boolean => a?.schedule === b?.schedule && a?.timeZone === b?.timeZone;

/** A new schedule is looked at when it comes next, not for what it would have started before. upstream: updateCronJob */
const changesOfCronJobs =
  (informer: Informer<CronJob>, clock: Clock): KeySource =>
  (enqueue) => {
    const later = new DelayQueue<string>(clock, enqueue);
    const unsubscribe = informer.onChange(({ object, old }) => {
      if (old === undefined || isSameSchedule(object, old)) return enqueue(objectKey(object));
      const at = lookAgainAt(object, clock.now());
      if (at !== undefined) later.set(objectKey(object), at);
    });
    return () => {
      unsubscribe();
      later.clear();
    };
  };

const ifFound = (error: unknown): undefined => {
  if (!isReason(error, "NotFound")) throw error;
};

/** Those of the status's Jobs that informers do not show and the API does not have. */
const missingOf = async (cronJob: Stored<CronJob>, shown: readonly Stored<Job>[], { client, signal }: Reach): Promise<Set<string>> => {
  const uids = new Set(shown.map(({ metadata }) => metadata.uid));
  const missing = new Set<string>();
  for (const { name = "", uid = "" } of cronJob.status?.active ?? []) {
    if (uids.has(uid)) continue;
    // oxlint-disable-next-line no-await-in-loop -- hardly ever more than one
    const found = await client.get(jobs, { namespace: cronJob.metadata.namespace, name }, signal).catch(ifFound);
    if (found?.metadata.uid !== uid) missing.add(uid);
  }
  return missing;
};

const report = async (cronJob: Stored<CronJob>, status: Status, { client, signal }: Reach): Promise<void> => {
  await client.update(cronJobs, { ...cronJob, status }, { subresource: "status" }, signal);
};

/** The Job that has this name already; undefined when it is another's. */
const alreadyMade = async (cronJob: Stored<CronJob>, { metadata }: Job, { client, signal }: Reach): Promise<Stored<Job> | undefined> => {
  const found = await client.get(jobs, { namespace: metadata?.namespace, name: metadata?.name ?? "" }, signal);
  return controllerOf(found)?.uid === cronJob.metadata.uid ? found : undefined;
};

const why = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const actsOf = ({ recorder }: Pick<ControllerPorts, "recorder">) => {
  const warn = (cronJob: Stored<CronJob>, reason: string, message: string): void =>
    recorder.record(cronJob, { type: "Warning", reason, message });

  const remove = async ({ cronJob, name, uid }: ActionOf<"remove">, { client, signal }: Reach): Promise<void> => {
    const options = { propagationPolicy: "Background", preconditions: { uid } } as const;
    try {
      await client.delete(jobs, { namespace: cronJob.metadata.namespace, name }, options, signal).catch(ignoreNotFound);
    } catch (error) {
      warn(cronJob, "FailedDelete", `Deleted job: ${why(error)}`);
      throw error;
    }
    recorder.record(cronJob, { type: "Normal", reason: "SuccessfulDelete", message: `Deleted job ${name}` });
  };

  /** The Job of this start; undefined when there is none, and none can be made. */
  const made = async ({ cronJob, atMs }: ActionOf<"start">, reach: Reach): Promise<Stored<Job> | undefined> => {
    const job = startedJob(cronJob, atMs);
    try {
      const created = await reach.client.create(jobs, job, {}, reach.signal);
      recorder.record(cronJob, { type: "Normal", reason: "SuccessfulCreate", message: `Created job ${created.metadata.name}` });
      return created;
    } catch (error) {
      if (hasCause(error, NAMESPACE_TERMINATING)) return undefined;
      if (isReason(error, "AlreadyExists")) return alreadyMade(cronJob, job, reach);
      warn(cronJob, "FailedCreate", `Error creating job: ${why(error)}`);
      throw error;
    }
  };

  const start = async (action: ActionOf<"start">, reach: Reach): Promise<void> => {
    const { cronJob, atMs } = action;
    const job = await made(action, reach);
    if (job === undefined) return;
    const active = [...(cronJob.status?.active ?? []), referenceTo(job)];
    await report(cronJob, { ...cronJob.status, active, lastScheduleTime: toTime(atMs) }, reach);
  };

  return async (action: Action, reach: Reach): Promise<void> => {
    if (action.do === "start") return start(action, reach);
    if (action.do === "remove") return remove(action, reach);
    if (action.do === "report") return report(action.cronJob, action.status, reach);
    const { cronJob, type, reason, message } = action;
    recorder.record(cronJob, { type, reason, message });
  };
};

/** Starts Jobs at the times of CronJobs. */
export const cronJobController = defineController<Observed, Action>("cronjob-controller", (ports) => {
  const all = ports.informers.of(cronJobs);
  const started = ports.informers.of(jobs, { indexers: { cronJob: (job) => [controllerOf(job)?.uid ?? ""] } });
  return {
    watches: [changesOfCronJobs(all, ports.clock), changesOf(started, ownerKey(cronJobs))],
    observe: async (key, reach) => {
      const cronJob = all.get(key);
      if (cronJob === undefined) return undefined;
      const own = started.byIndex("cronJob", cronJob.metadata.uid);
      return { cronJob, jobs: own, missing: await missingOf(cronJob, own, reach) };
    },
    decide,
    act: actsOf(ports),
    workers: 5,
  };
});

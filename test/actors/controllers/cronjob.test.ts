import * as assert from "uvu/assert";
import { decide, type Observed } from "#actors/controllers/cronjob/decide.ts";
import { cronJobController } from "#actors/controllers/cronjob/io.ts";
import { startedJob } from "#actors/controllers/cronjob/started-job.ts";
import { cronJobs, type CronJob } from "#api/batch/v1/cron-job.ts";
import { jobs, type Job } from "#api/batch/v1/job.ts";
import { events } from "#api/core/v1/event.ts";
import type { V1CronJobSpec } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import { controlling, type Controlled } from "#test/support/controlling.ts";
import { aPodSpec, managedBy, stored } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("controllers/cronjob");
const SPEC: V1CronJobSpec = {
  schedule: "*/10 * * * *",
  concurrencyPolicy: "Allow",
  successfulJobsHistoryLimit: 3,
  failedJobsHistoryLimit: 1,
  jobTemplate: { metadata: { labels: { app: "tick" } }, spec: { template: { spec: aPodSpec({ restartPolicy: "Never" }) } } },
};
const instant = (time: string): number => Date.parse(`2026-01-01T${time}Z`);
const minutes = (time: string): number => instant(time) / 60_000;

/** Made at midnight, and started every ten minutes. */
const cronJob = (spec: Partial<V1CronJobSpec> = {}, status: CronJob["status"] = {}, metadata = {}): Stored<CronJob> =>
  stored(
    { apiVersion: "batch/v1", kind: "CronJob", metadata: { namespace: "default", name: "tick" }, spec: { ...SPEC, ...spec }, status },
    metadata,
  );
const active = (...names: readonly string[]) => names.map((name) => ({ kind: "Job", name, uid: `uid-${name}` }));
const job = (name: string, end?: "Complete" | "Failed", at = "00:00:30"): Stored<Job> =>
  stored({
    metadata: { namespace: "default", name, ownerReferences: [managedBy(cronJob())] },
    status: {
      startTime: `2026-01-01T${at}Z`,
      ...(end === undefined ? {} : { conditions: [{ type: end, status: "True" }] }),
      ...(end === "Complete" ? { completionTime: `2026-01-01T${at}Z` } : {}),
    },
  });
const observed = (self: Stored<CronJob>, own: readonly Stored<Job>[] = [], missing: readonly string[] = []): Observed => ({
  cronJob: self,
  jobs: own,
  missing: new Set(missing),
});
const words = (world: Observed, time: string): readonly string[] =>
  decide(world, instant(time)).map((action) => {
    if (action.do === "tell") return `${action.type} ${action.reason}: ${action.message}`;
    if (action.do === "start") return `start ${new Date(action.atMs).toISOString().slice(11, 19)}`;
    if (action.do === "remove") return `remove ${action.name}`;
    if (action.do === "requeue") return `requeue ${action.afterMs}`;
    return `report ${JSON.stringify(action.status)}`;
  });

test("waits for its first time, and a moment more", () => {
  assert.equal(words(observed(cronJob()), "00:04:00"), ["requeue 360100"]);
});
test("starts at its time, once", () => {
  assert.equal(words(observed(cronJob()), "00:10:00"), ["start 00:10:00", "requeue 600100"]);
  const made = cronJob({}, { active: active(`tick-${minutes("00:10:00")}`), lastScheduleTime: "2026-01-01T00:10:00Z" });
  assert.equal(words(observed(made, [job(`tick-${minutes("00:10:00")}`)]), "00:10:01"), ["requeue 599100"]);
});
test("a Job of this start that its status lacks is not made again", () => {
  const self = cronJob({}, { active: active(`tick-${minutes("00:10:00")}`) });
  assert.equal(words(observed(self, [job(`tick-${minutes("00:10:00")}`)]), "00:10:01"), ["requeue 599100"]);
});
test("of many missed starts the last one is made, and more than a hundred are warned of", () => {
  assert.equal(words(observed(cronJob()), "05:55:00"), ["start 05:50:00", "requeue 300100"]);
  const warning =
    "Warning TooManyMissedTimes: too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
  assert.equal(words(observed(cronJob()), "17:05:00"), [warning, "start 17:00:00", "requeue 300100"]);
  assert.equal(words(observed(cronJob({ startingDeadlineSeconds: 600 })), "17:05:00"), ["start 17:00:00", "requeue 300100"]);
});
test("an irregular schedule finds its last time too", () => {
  const self = cronJob({ schedule: "5,6 */4 * * *" }, { lastScheduleTime: "2026-01-01T12:04:00Z" });
  assert.equal(words(observed(self), "13:00:00"), ["start 12:06:00", "requeue 11100100"]);
});
test("a start past its deadline is not made", () => {
  const self = cronJob({ startingDeadlineSeconds: 60 });
  assert.equal(words(observed(self), "00:10:30"), ["start 00:10:00", "requeue 570100"]);
  assert.equal(words(observed(self), "00:12:00"), ["requeue 480100"]);
  assert.equal(words(observed(cronJob({ startingDeadlineSeconds: 0 })), "00:10:00"), ["requeue 600100"]);
});
test("nothing starts while it is suspended or deleted", () => {
  assert.equal(words(observed(cronJob({ suspend: true })), "00:10:00"), []);
  assert.equal(words(observed(cronJob({}, {}, { deletionTimestamp: "2026-01-01T00:00:00Z" })), "00:10:00"), []);
});
test("a schedule that never comes is called invalid", () => {
  const why = "Warning InvalidSchedule: invalid schedule: 0 0 31 2 * : time difference between two schedules is less than 1 second";
  assert.equal(words(observed(cronJob({ schedule: "0 0 31 2 *" })), "00:10:00"), [why]);
});

const busy = (concurrencyPolicy: string) => observed(cronJob({ concurrencyPolicy }, { active: active("old") }), [job("old")]);
test("Allow starts beside what runs", () => assert.equal(words(busy("Allow"), "00:10:00"), ["start 00:10:00", "requeue 600100"]));
test("Forbid waits for what runs", () =>
  assert.equal(words(busy("Forbid"), "00:10:00"), [
    "Normal JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid",
    "requeue 600100",
  ]));
test("Replace ends what runs first", () => assert.equal(words(busy("Replace"), "00:10:00"), ["remove old", "report {}", "requeue 600100"]));

test("what has ended leaves the status, and its end is told", () => {
  const self = cronJob({}, { active: active("good", "bad", "on") });
  assert.equal(words(observed(self, [job("good", "Complete"), job("bad", "Failed"), job("on")]), "00:10:00"), [
    "Normal SawCompletedJob: Saw completed job: good, condition: Complete",
    "Normal SawCompletedJob: Saw completed job: bad, condition: Failed",
    `report ${JSON.stringify({ active: active("on"), lastSuccessfulTime: "2026-01-01T00:00:30Z" })}`,
  ]);
});
test("what went missing leaves the status, and strangers are told of", () => {
  const self = cronJob({}, { active: active("lost") });
  assert.equal(words(observed(self, [job("stranger")], ["uid-lost"]), "00:10:00"), [
    "Warning UnexpectedJob: Saw a job that the controller did not create or forgot: stranger",
    "Normal MissingJob: Active job went missing: lost",
    "report {}",
  ]);
});
test("the last success stays the latest", () => {
  const self = cronJob({}, { lastSuccessfulTime: "2026-01-01T00:05:00Z" });
  assert.equal(words(observed(self, [job("good", "Complete")]), "00:06:00"), ["requeue 240100"]);
});
test("the oldest ended Jobs beyond the limits go", () => {
  const own = [job("c", "Complete", "00:03:00"), job("a", "Complete", "00:01:00"), job("f", "Failed"), job("b", "Complete", "00:02:00")];
  const self = cronJob({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 }, { lastSuccessfulTime: "2026-01-01T00:03:00Z" });
  assert.equal(words(observed(self, own), "00:06:00"), ["remove a", "remove b", "remove f", "requeue 240100"]);
});

test("a Job says when it was meant, in the CronJob's zone", () => {
  const scheduled = (timeZone?: string) =>
    startedJob(cronJob(timeZone === undefined ? {} : { timeZone }), instant("00:10:00")).metadata?.annotations;
  assert.equal(scheduled(), { "batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-01-01T00:10:00Z" });
  assert.equal(scheduled("Asia/Tokyo"), { "batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-01-01T09:10:00+09:00" });
});

const AT = { namespace: "default", name: "tick" };
const namesIn = async ({ api }: Controlled): Promise<readonly string[]> =>
  (await api.client().list(jobs, { namespace: "default" })).items.map(({ metadata }) => metadata.name).toSorted();
const setSpec = async ({ api }: Controlled, spec: object): Promise<void> => {
  await api.client().patch(cronJobs, AT, { type: "application/merge-patch+json", body: { spec } });
  await api.clock.advance(1_000);
};

test("Jobs are made at their times, noted, and cleaned up", async () => {
  const running = await controlling(cronJobController);
  const client = running.api.client();
  await client.create(cronJobs, { metadata: AT, spec: { ...SPEC, successfulJobsHistoryLimit: 0 } });
  await running.api.clock.advance(600_000);
  assert.equal(await namesIn(running), []);
  await running.api.clock.advance(1_000);
  const [name = ""] = await namesIn(running);
  assert.is(name, `tick-${minutes("00:10:00")}`);
  const { status } = await client.get(cronJobs, AT);
  assert.equal(
    [status?.lastScheduleTime, status?.active?.map((one) => `${one.apiVersion} ${one.kind} ${one.name}`)],
    ["2026-01-01T00:10:00Z", [`batch/v1 Job ${name}`]],
  );
  const made = await client.get(jobs, { namespace: "default", name });
  assert.equal([made.metadata.labels?.["app"], made.metadata.ownerReferences?.[0]?.controller], ["tick", true]);
  const time = "2026-01-01T00:10:01Z";
  const conditions = ["SuccessCriteriaMet", "Complete"].map((type) => ({ type, status: "True", lastTransitionTime: time }));
  const ended = { startTime: time, completionTime: time, succeeded: 1, conditions };
  await client.update(jobs, { ...made, status: ended }, { subresource: "status" });
  await running.api.clock.advance(1_000);
  assert.equal(await namesIn(running), []);
  assert.equal((await client.get(cronJobs, AT)).status, { lastScheduleTime: "2026-01-01T00:10:00Z", lastSuccessfulTime: time });
  const reasons = (await client.list(events, { namespace: "default" })).items.map(({ reason = "" }) => reason);
  assert.equal(reasons.toSorted(), ["SawCompletedJob", "SuccessfulCreate", "SuccessfulDelete"]);
  await running.stop();
});

test("a suspended CronJob starts nothing, and what it missed last once it is resumed", async () => {
  const running = await controlling(cronJobController);
  await running.api.client().create(cronJobs, { metadata: AT, spec: { ...SPEC, suspend: true } });
  await running.api.clock.advance(3_700_000);
  assert.equal(await namesIn(running), []);
  await setSpec(running, { suspend: false });
  assert.equal(await namesIn(running), [`tick-${minutes("01:00:00")}`]);
  await running.stop();
});

test("a new schedule starts nothing for the time before it", async () => {
  const running = await controlling(cronJobController);
  await running.api.client().create(cronJobs, { metadata: AT, spec: { ...SPEC, schedule: "@yearly" } });
  await running.api.clock.advance(3_700_000);
  await setSpec(running, { schedule: "*/30 * * * *" });
  assert.equal(await namesIn(running), []);
  await running.api.clock.advance(1_800_000);
  assert.equal(await namesIn(running), [`tick-${minutes("01:30:00")}`]);
  await running.stop();
});

test("another's Job of the name is left alone, and one of its own that it forgot is noted", async () => {
  const running = await controlling(cronJobController);
  const client = running.api.client();
  const made = await client.create(cronJobs, { metadata: AT, spec: SPEC });
  const jobAt = (time: string, rest: object = {}) => ({
    metadata: { namespace: "default", name: `tick-${minutes(time)}`, ...rest },
    spec: SPEC.jobTemplate.spec,
  });
  await client.create(jobs, jobAt("00:10:00"));
  await running.api.clock.advance(660_000);
  assert.equal((await client.get(cronJobs, AT)).status, {});
  const { metadata } = await client.create(jobs, jobAt("00:20:00", { ownerReferences: [managedBy(made)] }));
  await running.api.clock.advance(600_000);
  assert.equal(
    (await client.get(cronJobs, AT)).status?.active?.map(({ uid }) => uid),
    [metadata.uid],
  );
  const reasons = (await client.list(events, { namespace: "default" })).items.map(({ reason = "" }) => reason);
  assert.equal([...new Set(reasons)], ["UnexpectedJob"]);
  await running.stop();
});

test("Replace makes the new Job once the old one is gone", async () => {
  const running = await controlling(cronJobController);
  await running.api.client().create(cronJobs, { metadata: AT, spec: { ...SPEC, concurrencyPolicy: "Replace" } });
  await running.api.clock.advance(1_260_000);
  assert.equal(await namesIn(running), [`tick-${minutes("00:20:00")}`]);
  const { status } = await running.api.client().get(cronJobs, AT);
  assert.equal(
    status?.active?.map((one) => one.name),
    [`tick-${minutes("00:20:00")}`],
  );
  await running.stop();
});

test("a Job that was replaced by another of its name is missing", async () => {
  const running = await controlling(cronJobController);
  const client = running.api.client();
  await client.create(cronJobs, { metadata: AT, spec: { ...SPEC, suspend: true } });
  await client.create(jobs, { metadata: { namespace: "default", name: "old" }, spec: SPEC.jobTemplate.spec });
  const status = { active: active("old", "gone") };
  await client.patch(cronJobs, AT, { type: "application/merge-patch+json", subresource: "status", body: { status } });
  await running.api.clock.advance(1_000);
  assert.equal((await client.get(cronJobs, AT)).status, {});
  await running.stop();
});

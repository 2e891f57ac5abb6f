// Which start of a CronJob is due, and when to look again. Pure. What the API has let in can be read: neither a schedule nor a
// time zone is doubted here. Without a time zone a schedule is meant in UTC.
// upstream: pkg/controller/cronjob/utils.go mostRecentScheduleTime, nextScheduleTime; cronjob_controllerv2.go nextScheduleTimeDuration
import { nextTime } from "#api/batch/v1/cron-next.ts";
import { parseCron } from "#api/batch/v1/cron.ts";
import type { CronJob } from "#api/batch/v1/cron-job.ts";
import type { Stored } from "#api/meta/object.ts";

/** upstream: nextScheduleDelta */
const DELTA_MS = 100;
/** A schedule that missed more starts than this is warned of. */
const MANY = 100;

/** What of a schedule lies in the past. Instants are milliseconds since the epoch. */
export type Due = {
  /** The last start that should have been made; undefined: none. */
  readonly at: number | undefined;
  /** It is the last of more than a hundred. */
  readonly isOneOfMany: boolean;
  /** Where the counting began. */
  readonly since: number;
};

/** A schedule that never comes, or never again: 31 February. */
export const NEVER = "never";

type Next = (afterMs: number) => number | undefined;

const nextOf = ({ spec }: CronJob): Next => {
  const schedule = parseCron(spec?.schedule ?? "");
  return (afterMs) => nextTime(schedule, afterMs, spec?.timeZone ?? "UTC");
};

const sinceOf = ({ metadata, spec, status }: Stored<CronJob>, nowMs: number, keepsDeadline: boolean): number => {
  const last = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp);
  const seconds = spec?.startingDeadlineSeconds;
  return keepsDeadline && seconds !== undefined ? Math.max(last, nowMs - seconds * 1000) : last;
};

/** The last time that is not after now. Were times even, it would lie one span back: it is looked for there, then farther. */
const lastUntil = (nowMs: number, next: Next, { first, spanMs }: { readonly first: number; readonly spanMs: number }): number => {
  const spans = Math.floor((nowMs - first) / spanMs);
  let last: number | undefined;
  for (let back = 1; last === undefined; back *= 2) {
    const from = first + Math.max(0, spans - back) * spanMs;
    for (let at = next(from); at !== undefined && at <= nowMs; at = next(at)) last = at;
  }
  return last;
};

const mostRecent = (since: number, nowMs: number, next: Next): Due | typeof NEVER => {
  const first = next(since);
  if (first === undefined) return NEVER;
  if (nowMs < first) return { at: undefined, isOneOfMany: false, since };
  const second = next(first);
  if (second === undefined) return NEVER;
  if (nowMs < second) return { at: first, isOneOfMany: false, since };
  const spanMs = second - first;
  const missed = Math.floor((nowMs - first) / spanMs) + 1;
  return { at: lastUntil(nowMs, next, { first, spanMs }), isOneOfMany: missed > MANY, since };
};

/** The start that is due. One past its deadline is not even seen, so nothing is told of it, as upstream's MissSchedule never is. */
export const dueStart = (cronJob: Stored<CronJob>, nowMs: number): Due | typeof NEVER =>
  mostRecent(sinceOf(cronJob, nowMs, true), nowMs, nextOf(cronJob));

/** When to look again: a moment after the next start; undefined when none comes. */
export const lookAgainAt = (cronJob: Stored<CronJob>, nowMs: number): number | undefined => {
  const next = nextOf(cronJob);
  const due = mostRecent(sinceOf(cronJob, nowMs, false), nowMs, next);
  const from = due === NEVER ? nowMs : (due.at ?? due.since);
  const at = next(from);
  return at === undefined ? undefined : at + DELTA_MS;
};

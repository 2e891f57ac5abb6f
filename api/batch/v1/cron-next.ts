// When a schedule comes next, in a time zone.
// Where the clock leaves an hour out, what falls into it does not start, as upstream's does not; an hour that comes twice
// counts once, which upstream counts twice.
import { Cron } from "croner";
import type { CronField, CronSchedule } from "./cron.ts";

type Fields = Exclude<CronSchedule, { readonly everyMs: number }>;

/** Values are written out, so that both mean the same by them. */
const written = ({ values, any }: CronField): string => (any ? "*" : [...values].join(","));

const patternOf = ({ minute, hour, day, month, weekday }: Fields): string => [minute, hour, day, month, weekday].map(written).join(" ");

/** The clock in that zone shows this time: it is none of an hour that is left out, or of half an hour. */
const isShown = ({ hour, minute }: Fields, atMs: number, timeZone: string): boolean => {
  const shown = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timeZone);
  return hour.values.has(shown.hour) && minute.values.has(shown.minute);
};

const nextByFields = (schedule: Fields, afterMs: number, timeZone: string): number | undefined => {
  const cron = new Cron(patternOf(schedule), { timezone: timeZone, mode: "5-part", paused: true });
  let next = cron.nextRun(new Date(afterMs));
  while (next !== null && !isShown(schedule, next.getTime(), timeZone)) next = cron.nextRun(next);
  return next?.getTime();
};

/** The first time after `afterMs`, both in milliseconds since the epoch; undefined when there is none. `timeZone`: an IANA name. */
export const nextTime = (schedule: CronSchedule, afterMs: number, timeZone: string): number | undefined =>
  "everyMs" in schedule ? Math.floor(afterMs / 1000) * 1000 + schedule.everyMs : nextByFields(schedule, afterMs, timeZone);

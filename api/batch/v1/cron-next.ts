// When a schedule comes next, in a time zone. Around changes of the clock it does what upstream's does: an hour that is left
// out starts nothing, an hour that comes twice counts twice. upstream: github.com/robfig/cron/v3 spec.go, constantdelay.go
import type { CronField, CronSchedule } from "./cron.ts";

type Fields = Exclude<CronSchedule, { readonly everyMs: number }>;
type Moment = Temporal.ZonedDateTime;

const MINUTE_MS = 60_000;
/** A schedule that does not come within these years never comes. */
const YEARS = 5;

/** Two fields say the day: when both are given, either will do. */
const isOnDay = ({ day, weekday }: Fields, at: Moment): boolean => {
  const [onDay, onWeekday] = [day.values.has(at.day), weekday.values.has(at.dayOfWeek % 7)];
  return day.any || weekday.any ? onDay && onWeekday : onDay || onWeekday;
};

const startOfNextMonth = (at: Moment): Moment => at.with({ day: 1 }).add({ months: 1 }).startOfDay();
const startOfNextDay = (at: Moment): Moment => at.add({ days: 1 }).startOfDay();
const startOfNextHour = (at: Moment): Moment => at.round({ smallestUnit: "hour", roundingMode: "floor" }).add({ hours: 1 });

/** The earliest moment that may fit, when this one does not. */
const skip = (schedule: Fields, at: Moment): Moment | undefined => {
  const has = ({ values }: CronField, value: number): boolean => values.has(value);
  if (!has(schedule.month, at.month)) return startOfNextMonth(at);
  if (!isOnDay(schedule, at)) return startOfNextDay(at);
  if (!has(schedule.hour, at.hour)) return startOfNextHour(at);
  return has(schedule.minute, at.minute) ? undefined : at.add({ minutes: 1 });
};

const nextByFields = (schedule: Fields, afterMs: number, timeZone: string): number | undefined => {
  let at = Temporal.Instant.fromEpochMilliseconds((Math.floor(afterMs / MINUTE_MS) + 1) * MINUTE_MS).toZonedDateTimeISO(timeZone);
  const lastYear = at.year + YEARS;
  for (let later = skip(schedule, at); later !== undefined; later = skip(schedule, at)) {
    at = later;
    if (at.year > lastYear) return undefined;
  }
  return at.epochMilliseconds;
};

/** The first time after `afterMs`, both in milliseconds since the epoch; undefined when there is none. `timeZone`: an IANA name. */
export const nextTime = (schedule: CronSchedule, afterMs: number, timeZone: string): number | undefined =>
  "everyMs" in schedule ? Math.floor(afterMs / 1000) * 1000 + schedule.everyMs : nextByFields(schedule, afterMs, timeZone);

// Schedules as cron writes them: minute, hour, day of month, month, day of week; or `@daily` and its like, or `@every 1h`.
// The words of the errors are those of github.com/robfig/cron/v3, which upstream reads schedules with.
import { quoted } from "#api/meta/field-error.ts";

/** Why a schedule is none. */
export class CronError extends Error {
  override readonly name = "CronError";
}

/** The values of a field at which a job runs; `any` was written `*` or `?`, which matters for the two fields of days. */
export type CronField = { readonly values: ReadonlySet<number>; readonly any: boolean };

/** When a job runs: at times that match all fields, or every so many milliseconds. */
export type CronSchedule =
  | {
      readonly minute: CronField;
      readonly hour: CronField;
      readonly day: CronField;
      readonly month: CronField;
      readonly weekday: CronField;
    }
  | { readonly everyMs: number };

type Bounds = { readonly min: number; readonly max: number; readonly names: readonly string[] };

const numbers = (min: number, max: number): Bounds => ({ min, max, names: [] });

const MONTHS = ["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MINUTE = numbers(0, 59);
const HOUR = numbers(0, 23);
const DAY = numbers(1, 31);
const MONTH: Bounds = { min: 1, max: 12, names: MONTHS };
const WEEKDAY: Bounds = { min: 0, max: 6, names: WEEKDAYS };

const DESCRIPTORS: { readonly [name: string]: string } = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

const UNITS_MS: { readonly [unit: string]: number } = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const DURATION = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))*$/;

const numberOf = (text: string): number => {
  if (!/^[+-]?\d+$/.test(text))
    throw new CronError(`failed to parse int from ${text}: strconv.Atoi: parsing ${quoted(text)}: invalid syntax`);
  const value = Number(text);
  if (value < 0) throw new CronError(`negative number (${value}) not allowed: ${text}`);
  return value;
};

const valueOf = (text: string, { names }: Bounds): number => {
  const named = text === "" ? -1 : names.indexOf(text.toLowerCase());
  return named < 0 ? numberOf(text) : named;
};

type Range = { readonly start: number; readonly end: number; readonly any: boolean };

const rangeOf = (expression: string, text: string, bounds: Bounds): Range => {
  const [low = "", high, ...rest] = text.split("-");
  if (low === "*" || low === "?") return { start: bounds.min, end: bounds.max, any: true };
  const start = valueOf(low, bounds);
  if (rest.length > 0) throw new CronError(`too many hyphens: ${expression}`);
  return { start, end: high === undefined ? start : valueOf(high, bounds), any: false };
};

const requireWithin = (expression: string, { start, end }: Range, { min, max }: Bounds): void => {
  if (start < min) throw new CronError(`beginning of range (${start}) below minimum (${min}): ${expression}`);
  if (end > max) throw new CronError(`end of range (${end}) above maximum (${max}): ${expression}`);
  if (start > end) throw new CronError(`beginning of range (${start}) beyond end of range (${end}): ${expression}`);
};

/** `*`, `5`, `1-5`, `*` over a step, `1-30/2`, `10/5` (from ten on). */
const parseRange = (expression: string, bounds: Bounds): Range & { readonly step: number } => {
  const [text = "", stepText, ...rest] = expression.split("/");
  const range = rangeOf(expression, text, bounds);
  if (rest.length > 0) throw new CronError(`too many slashes: ${expression}`);
  const step = stepText === undefined ? 1 : numberOf(stepText);
  const isOpen = stepText !== undefined && !text.includes("-");
  const whole = isOpen ? { ...range, end: bounds.max } : range;
  requireWithin(expression, whole, bounds);
  if (step === 0) throw new CronError(`step of range should be a positive number: ${expression}`);
  return { ...whole, any: whole.any && step === 1, step };
};

const parseField = (text: string, bounds: Bounds): CronField => {
  const ranges = text
    .split(",")
    .filter((part) => part !== "")
    .map((part) => parseRange(part, bounds));
  const values = new Set<number>();
  for (const { start, end, step } of ranges) for (let value = start; value <= end; value += step) values.add(value);
  return { values, any: ranges.some(({ any }) => any) };
};

const parseEvery = (descriptor: string): CronSchedule => {
  const text = descriptor.slice("@every ".length);
  if (!DURATION.test(text)) throw new CronError(`failed to parse duration ${descriptor}: time: invalid duration ${quoted(text)}`);
  let everyMs = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([a-zµμ]+)/g)) everyMs += Number(amount) * (UNITS_MS[unit ?? ""] ?? 0);
  return { everyMs: Math.max(1000, Math.trunc((text.startsWith("-") ? -everyMs : everyMs) / 1000) * 1000) };
};

const parseFields = (text: string): CronSchedule => {
  const fields = text.split(/\s+/).filter((field) => field !== "");
  if (fields.length !== 5) throw new CronError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`);
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
  return {
    minute: parseField(minute, MINUTE),
    hour: parseField(hour, HOUR),
    day: parseField(day, DAY),
    month: parseField(month, MONTH),
    weekday: parseField(weekday, WEEKDAY),
  };
};

/** The schedule that a text writes. Throws: CronError. */
export const parseCron = (text: string): CronSchedule => {
  if (text === "") throw new CronError("empty spec string");
  if (!text.startsWith("@")) return parseFields(text);
  if (text.startsWith("@every ")) return parseEvery(text);
  const fields = DESCRIPTORS[text];
  if (fields === undefined) throw new CronError(`unrecognized descriptor: ${text}`);
  return parseFields(fields);
};

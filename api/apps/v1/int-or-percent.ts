// Amounts given as a number or as a percentage of something: `2`, `25%`. upstream: apimachinery/pkg/util/intstr/intstr.go
import { broken, nonNegative } from "#api/meta/check.ts";
import { invalidValue } from "#api/meta/field-error.ts";
import { percent } from "#api/meta/names.ts";
import type { FieldError } from "#api/meta/status.ts";

export type IntOrPercent = number | string;

const percentOf = (value: IntOrPercent): number | undefined =>
  typeof value === "string" && percent(value).length === 0 ? Number.parseInt(value, 10) : undefined;

/** Zero, or zero percent. */
export const isNothing = (value: IntOrPercent): boolean => (percentOf(value) ?? value) === 0;

/** More than 100 %. */
const isOverWhole = (value: IntOrPercent): boolean => (percentOf(value) ?? 0) > 100;

/** A percentage, or a number that is not negative. upstream: ValidatePositiveIntOrPercent */
export const intOrPercentErrors = (path: string, value: IntOrPercent): readonly FieldError[] =>
  typeof value === "number" ? nonNegative(path, value) : broken(path, value, percent(value));

/** Not more than 100 %. upstream: IsNotMoreThan100Percent */
export const notOverWhole = (path: string, value: IntOrPercent): readonly FieldError[] =>
  isOverWhole(value) ? [invalidValue(path, value, "must not be greater than 100%")] : [];

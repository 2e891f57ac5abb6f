// Texts, numbers and enumerations against a schema. upstream: k8s.io/kube-openapi/pkg/validation/validate/values.go
import { hasPattern } from "../cel/library/regex.ts";
import { deepEqual } from "../meta/equal.ts";
import { invalidValue } from "../meta/field-error.ts";
import type { FieldError } from "../meta/status.ts";
import type { Schema } from "./schema.ts";

const shown = (value: unknown): string => JSON.stringify(value) ?? "null";

/** The value is one of those that the schema lists. */
export function* enumErrors(value: unknown, { enum: allowed }: Schema, path: string): Iterable<FieldError> {
  if (allowed === undefined || allowed.some((one) => deepEqual(one, value))) return;
  const message = `Unsupported value: ${shown(value)}: supported values: ${allowed.map(shown).join(", ")}`;
  yield { reason: "FieldValueNotSupported", field: path, message };
}

/** The text is as long as it may be and has its pattern. Lengths count characters. */
export function* checkText(value: string, { minLength = 0, maxLength = Infinity, pattern }: Schema, path: string): Iterable<FieldError> {
  const length = Array.from(value).length;
  if (length > maxLength) yield { reason: "FieldValueTooLong", field: path, message: `Too long: may not be more than ${maxLength} bytes` };
  if (length < minLength) yield invalidValue(path, value, `${path} in body should be at least ${minLength} chars long`);
  if (pattern !== undefined && !hasPattern(value, pattern)) {
    yield invalidValue(path, value, `${path} in body should match '${pattern}'`);
  }
}

const PRECISION = 1e-9;

const isMultiple = (value: number, of: number): boolean => Math.abs(value / of - Math.round(value / of)) < PRECISION;

/** The number is within its bounds. */
export function* checkNumber(value: number, schema: Schema, path: string): Iterable<FieldError> {
  const { minimum = -Infinity, maximum = Infinity, multipleOf } = schema;
  const isBelow = schema.exclusiveMinimum === true ? value <= minimum : value < minimum;
  const isAbove = schema.exclusiveMaximum === true ? value >= maximum : value > maximum;
  const or = (exclusive: boolean | undefined): string => (exclusive === true ? "" : " or equal to");
  if (isAbove) yield invalidValue(path, value, `${path} in body should be less than${or(schema.exclusiveMaximum)} ${maximum}`);
  if (isBelow) yield invalidValue(path, value, `${path} in body should be greater than${or(schema.exclusiveMinimum)} ${minimum}`);
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
    yield invalidValue(path, value, `${path} in body should be a multiple of ${multipleOf}`);
  }
  yield* formatErrors(value, schema, path);
}

const RANGES: { readonly [format: string]: readonly [number, number] } = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
};

function* formatErrors(value: number, { format = "", type }: Schema, path: string): Iterable<FieldError> {
  const range = RANGES[format];
  if (range === undefined || (value >= range[0] && value <= range[1])) return;
  yield invalidValue(path, value, `Checked value must be of type ${type} with format ${format}`);
}

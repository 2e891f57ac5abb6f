// The words of field validation errors. upstream: apimachinery/pkg/util/validation/field/errors.go
import type { FieldError } from "./status.ts";

/** What Go writes for characters that have a short escape. */
export const ESCAPES: { readonly [char: string]: string } = {
  '"': String.raw`\"`,
  "\\": String.raw`\\`,
  "\x07": String.raw`\a`,
  "\b": String.raw`\b`,
  "\f": String.raw`\f`,
  "\n": String.raw`\n`,
  "\r": String.raw`\r`,
  "\t": String.raw`\t`,
  "\v": String.raw`\v`,
};
// Quotes, backslashes, controls, separators other than a space, format characters, unassigned and private characters.
const UNPRINTABLE = /["\\]|\p{C}|(?! )\p{Z}/gu;

const escape = (char: string): string => {
  const known = ESCAPES[char];
  if (known !== undefined) return known;
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x80) return String.raw`\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? String.raw`\u${hex.padStart(4, "0")}` : String.raw`\U${hex.padStart(8, "0")}`;
};

/** A text in double quotes as Go's %q writes it. */
export const quoted = (text: string): string => `"${text.replaceAll(UNPRINTABLE, escape)}"`;

/** A map that is not there. It prints otherwise than a single value that is not. */
export const NO_MAP = { toJSON: () => null } as const;

/** A single value that is not there prints as a text. */
const shown = (value: unknown): string => {
  const text = value ?? "null";
  return typeof text === "string" ? quoted(text) : JSON.stringify(text);
};

const fieldError = (reason: string, field: string, head: string, detail: string): FieldError => ({
  reason,
  field,
  message: detail === "" ? head : `${head}: ${detail}`,
});

/** A value that must be there is missing or empty. */
export const required = (field: string, detail = ""): FieldError => fieldError("FieldValueRequired", field, "Required value", detail);

/** A value that is malformed or out of range. */
export const invalidValue = (field: string, value: unknown, detail: string): FieldError =>
  fieldError("FieldValueInvalid", field, `Invalid value: ${shown(value)}`, detail);

/** As `invalidValue`, of a value that the message leaves out. upstream: field.OmitValueType */
export const invalidAt = (field: string, detail: string): FieldError => fieldError("FieldValueInvalid", field, "Invalid value", detail);

/** A value of the wrong type. */
export const typeInvalid = (field: string, value: unknown, detail: string): FieldError =>
  fieldError("FieldValueTypeInvalid", field, `Invalid value: ${shown(value)}`, detail);

/** A value that is not one of an enumeration; `supported` is printed in the order given. */
export const notSupported = (field: string, value: unknown, supported: readonly string[]): FieldError => {
  const detail = supported.length === 0 ? "" : `supported values: ${supported.map(quoted).join(", ")}`;
  return fieldError("FieldValueNotSupported", field, `Unsupported value: ${shown(value)}`, detail);
};

/** A value that may not be set as things are. */
export const forbiddenField = (field: string, detail: string): FieldError => fieldError("FieldValueForbidden", field, "Forbidden", detail);

/** A value that occurs twice where values are unique. */
export const duplicate = (field: string, value: unknown): FieldError =>
  fieldError("FieldValueDuplicate", field, `Duplicate value: ${shown(value)}`, "");

/** A value that names something that does not exist. */
export const valueNotFound = (field: string, value: unknown): FieldError =>
  fieldError("FieldValueNotFound", field, `Not found: ${shown(value)}`, "");

/** A text or a map of more than `maxBytes` bytes; the message does not repeat it. */
export const tooLong = (field: string, maxBytes: number): FieldError =>
  fieldError("FieldValueTooLong", field, "Too long", `may not be more than ${maxBytes} bytes`);

/** A list of `count` items where `maxItems` are allowed. */
export const tooMany = (field: string, count: number, maxItems: number): FieldError =>
  fieldError("FieldValueTooMany", field, `Too many: ${count}`, `must have at most ${maxItems} items`);

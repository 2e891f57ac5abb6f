// How single values decode: what Go accepts for each type, what it stores, and its words for what it does not accept.
import { goKind } from "#api/meta/json.ts";
import { canonicalQuantity, QuantityError } from "#api/meta/quantity.ts";
import { canonicalTime, type Precision, TimeError } from "./go-time.ts";

/** A value of the wrong type: the place and the type are added by who knows them. */
export class TypeMismatch extends Error {
  /** `string`, `number 1.5`. */
  readonly found: string;
  constructor(found: string) {
    super(found);
    this.found = found;
  }
}

/** A value of the right type that is malformed; the message stands by itself. */
class MalformedValue extends Error {}

/** True for what a scalar's decoder throws of a malformed value. */
export const isMalformed = (error: unknown): error is Error =>
  error instanceof MalformedValue || error instanceof TimeError || error instanceof QuantityError;

/** A single value: `goType` is its type in messages, `zero` what null means inside a list or map. */
export type Scalar = { readonly goType: string; readonly zero: unknown; readonly decode: (value: unknown) => unknown };

const mismatch = (value: unknown): never => {
  throw new TypeMismatch(goKind(value));
};

const text: Scalar = { goType: "string", zero: "", decode: (value) => (typeof value === "string" ? value : mismatch(value)) };
const flag: Scalar = { goType: "bool", zero: false, decode: (value) => (typeof value === "boolean" ? value : mismatch(value)) };
const float: Scalar = { goType: "float64", zero: 0, decode: (value) => (typeof value === "number" ? value : mismatch(value)) };
const anything: Scalar = { goType: "runtime.RawExtension", zero: null, decode: (value) => value };

const integer = (bits: 32 | 64): Scalar => {
  const limit = 2 ** (bits - 1);
  const decode = (value: unknown): unknown => {
    if (typeof value !== "number") return mismatch(value);
    if (Number.isInteger(value) && value >= -limit && value < limit) return value;
    throw new TypeMismatch(`number ${value}`);
  };
  return { goType: `int${bits}`, zero: 0, decode };
};

const goValue = (value: unknown, type: string): never => {
  const found = typeof value === "number" && type === "int32" ? `number ${value}` : goKind(value);
  throw new MalformedValue(`json: cannot unmarshal ${found} into Go value of type ${type}`);
};

/** Bytes in base64. Line breaks are allowed, as Go's decoder allows them, and are not stored. */
const decodeBytes = (value: unknown): unknown => {
  if (typeof value !== "string") return mismatch(value);
  const plain = /[\r\n]/.test(value) ? value.replaceAll(/[\r\n]/g, "") : value;
  const wrong = plain.search(/[^A-Za-z0-9+/]/);
  const data = wrong < 0 ? plain.length : wrong;
  const padding = plain.slice(data);
  if (padding === "" ? data % 4 === 0 : (padding === "=" && data % 4 === 3) || (padding === "==" && data % 4 === 2)) return plain;
  throw new MalformedValue(`illegal base64 data at input byte ${wrong < 0 ? data - (data % 4) : wrong}`);
};
const bytes: Scalar = { goType: "[]uint8", zero: "", decode: decodeBytes };

const instant = (precision: Precision): Scalar => ({
  goType: precision === "seconds" ? "v1.Time" : "v1.MicroTime",
  zero: null,
  decode: (value) => (typeof value === "string" ? canonicalTime(value, precision) : goValue(value, "string")),
});

/** A quantity may be written as a number. It is stored as canonical text. */
export const quantity: Scalar = {
  goType: "resource.Quantity",
  zero: "0",
  decode: (value) => canonicalQuantity(typeof value === "string" ? value.trim() : JSON.stringify(value)),
};

const int32 = integer(32);

/** A number stays a number and a text a text. */
const intOrString: Scalar = {
  goType: "intstr.IntOrString",
  zero: 0,
  decode: (value) => {
    if (typeof value === "string") return value;
    if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) < 2 ** 31) return value;
    return goValue(value, "int32");
  },
};

const FORMATS: { readonly [format: string]: Scalar } = {
  byte: bytes,
  "date-time": instant("seconds"),
  int32,
  int64: integer(64),
};

const TYPES: { readonly [type: string]: Scalar } = { string: text, boolean: flag, number: float, integer: int32 };

/** An instant with microseconds. */
export const microTime = instant("microseconds");

/** What a schema that is no list, map or model decodes as. No type: any JSON, kept as it is. */
export const scalarOf = (schema: {
  readonly type?: string;
  readonly format?: string;
  readonly "x-kubernetes-int-or-string"?: boolean;
}): Scalar => {
  if (schema["x-kubernetes-int-or-string"] === true) return intOrString;
  return FORMATS[schema.format ?? ""] ?? TYPES[schema.type ?? ""] ?? anything;
};

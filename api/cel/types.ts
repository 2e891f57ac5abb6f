// The types that expressions are checked against, and how cel-go writes them. upstream: cel-go/common/types/types.go, checker/types.go

/** What a type says beyond its name: the most that a value holds (characters, items), for estimates of cost. Undefined: not known. */
type Sized = { readonly max?: number | undefined };

/** A type. */
export type Type =
  | { readonly is: "dyn" }
  | ({ readonly is: "simple"; readonly name: string } & Sized)
  | ({ readonly is: "list"; readonly item: Type } & Sized)
  | ({ readonly is: "map"; readonly key: Type; readonly value: Type } & Sized)
  | { readonly is: "optional"; readonly item: Type }
  /** What is known of an object: its fields. */
  | { readonly is: "object"; readonly name: string; readonly field: (name: string) => Type | undefined }
  /** The type of a type. */
  | { readonly is: "type"; readonly of: Type }
  /** Any type, but the same wherever it stands in one signature. */
  | { readonly is: "param"; readonly name: string };

const simple = (name: string): Type => ({ is: "simple", name });

export const DYN: Type = { is: "dyn" };
export const NULL = simple("null_type");
export const BOOL = simple("bool");
export const INT = simple("int");
export const UINT = simple("uint");
export const DOUBLE = simple("double");
export const STRING = simple("string");
export const BYTES = simple("bytes");
export const TIMESTAMP = simple("google.protobuf.Timestamp");
export const DURATION = simple("google.protobuf.Duration");

/** A type whose values only functions look into. */
export const opaque = simple;
export const listOf = (item: Type, max?: number): Type => ({ is: "list", item, max });
export const mapOf = (key: Type, value: Type, max?: number): Type => ({ is: "map", key, value, max });
export const optionalOf = (item: Type): Type => ({ is: "optional", item });
export const typeOf = (of: Type): Type => ({ is: "type", of });
export const param = (name: string): Type => ({ is: "param", name });

/** An object with these fields. */
export const objectOf = (name: string, fields: { readonly [name: string]: Type }): Type => ({
  is: "object",
  name,
  field: (field) => (Object.hasOwn(fields, field) ? fields[field] : undefined),
});

const SHORT: { readonly [name: string]: string } = {
  "google.protobuf.Timestamp": "timestamp",
  "google.protobuf.Duration": "duration",
  null_type: "null",
};

/** A type as messages name it. upstream: checker.FormatCELType */
export const formatType = (type: Type): string => {
  switch (type.is) {
    case "dyn":
      return "dyn";
    case "simple":
      return SHORT[type.name] ?? type.name;
    case "list":
      return `list(${formatType(type.item)})`;
    case "map":
      return `map(${formatType(type.key)}, ${formatType(type.value)})`;
    case "optional":
      return `optional_type(${formatType(type.item)})`;
    case "type":
      return `type(${formatType(type.of)})`;
    case "object":
    case "param":
      return type.name;
  }
};

/** What the parameters of a signature stand for. */
export type Bindings = Map<string, Type>;

const PRIMITIVE = new Set(["bool", "int", "uint", "double", "string", "bytes"]);

const takesNull = (type: Type): boolean =>
  type.is === "object" || type.is === "optional" || (type.is === "simple" && !PRIMITIVE.has(type.name));

const isNull = (type: Type): boolean => type.is === "simple" && type.name === "null_type";

/** Whether a value of type `given` may stand where `wanted` is asked for; what parameters stand for is noted. upstream: isAssignable */
export const fits = (wanted: Type, given: Type, bindings: Bindings): boolean => {
  if (wanted.is === "param") return fitsParam(wanted.name, given, bindings);
  if (wanted.is === "dyn" || given.is === "dyn" || given.is === "param") return true;
  if (isNull(given)) return isNull(wanted) || takesNull(wanted);
  if (isNull(wanted)) return takesNull(given);
  return wanted.is === given.is && fitsInside(wanted, given, bindings);
};

const fitsParam = (name: string, given: Type, bindings: Bindings): boolean => {
  const bound = bindings.get(name);
  if (bound === undefined || bound.is === "dyn") {
    if (bound === undefined || given.is !== "dyn") bindings.set(name, given);
    return true;
  }
  if (!fits(bound, given, bindings)) return false;
  bindings.set(name, join(bound, given));
  return true;
};

const fitsInside = (wanted: Type, given: Type, bindings: Bindings): boolean => {
  switch (wanted.is) {
    case "list":
    case "optional":
      return fits(wanted.item, (given as typeof wanted).item, bindings);
    case "map":
      return fits(wanted.key, (given as typeof wanted).key, bindings) && fits(wanted.value, (given as typeof wanted).value, bindings);
    case "type":
      return true;
    case "simple":
    case "object":
      return wanted.name === (given as typeof wanted).name;
    case "dyn":
    case "param":
      return true;
  }
};

/** The type that says more of two that fit each other: `[]` beside `["a"]` is a list of texts. */
export const join = (a: Type, b: Type): Type => {
  if (a.is === "dyn" || isNull(a)) return b;
  if (b.is === "dyn" || isNull(b) || a.is !== b.is) return a;
  return joinInside(a, b);
};

const joinInside = (a: Type, b: Type): Type => {
  if (a.is === "list" && b.is === "list") return listOf(join(a.item, b.item), sum(a.max, b.max));
  if (a.is === "map" && b.is === "map") return mapOf(join(a.key, b.key), join(a.value, b.value), sum(a.max, b.max));
  if (a.is === "optional" && b.is === "optional") return optionalOf(join(a.item, b.item));
  return most(a) >= most(b) ? a : b;
};

const most = (type: Type): number => (type.is === "simple" ? (type.max ?? Infinity) : 0);

const sum = (a: number | undefined, b: number | undefined): number | undefined => (a === undefined || b === undefined ? undefined : a + b);

/** Both types as one; undefined when they differ. */
export const common = (a: Type, b: Type): Type | undefined => {
  if (fits(a, b, new Map())) return join(a, b);
  return fits(b, a, new Map()) ? join(b, a) : undefined;
};

/** The type with what its parameters stand for; one that stands for nothing is dyn. */
export const substitute = (type: Type, bindings: Bindings): Type => {
  switch (type.is) {
    case "param":
      return bindings.get(type.name) ?? DYN;
    case "list":
      return { ...type, item: substitute(type.item, bindings) };
    case "optional":
      return { ...type, item: substitute(type.item, bindings) };
    case "map":
      return { ...type, key: substitute(type.key, bindings), value: substitute(type.value, bindings) };
    case "type":
      return { ...type, of: substitute(type.of, bindings) };
    case "dyn":
    case "simple":
    case "object":
      return type;
  }
};

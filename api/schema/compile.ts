// Turns a model's schema into a function that decodes its objects, once per model: decoding is on the path of every write.
// A value that needs no change comes back as it is; one that does is copied on the way down to the change. What was
// given is never written to.
import { goKind, isJsonObject, type JsonObject, setKey } from "#api/meta/json.ts";
import { anyType, isMicroTime, isQuantity } from "./facts.ts";
import { type FieldSchema, modelParts, modelSchema } from "./models.ts";
import { isMalformed, microTime, quantity, type Scalar, scalarOf, TypeMismatch } from "./scalars.ts";

/** Where the decoder stands. One per decoded object. */
type Trace = {
  /** Field names as text, list indexes as numbers, map keys wrapped. */
  readonly path: (string | number | { readonly key: string })[];
  /** The Go name of the struct whose field is being decoded. */
  struct: string;
  /** Paths of the fields that no schema knows, in the order found. */
  readonly unknown: string[];
};

/** A value that Go could not have put into the struct; the message is upstream's. */
export class DecodeError extends Error {
  /** What was given and the Go type that was wanted; undefined when the value is of the right type but malformed. */
  readonly mismatch: Mismatch | undefined;

  constructor(message: string, mismatch?: Mismatch) {
    super(message);
    this.mismatch = mismatch;
  }
}

/** A value and the Go type that it does not have. */
export type Mismatch = { readonly value: unknown; readonly goType: string };

type Decode = (value: unknown, trace: Trace) => unknown;

/** A compiled schema. `leaf`: a single value, which has no fields of its own. */
type Node = { readonly decode: Decode; readonly zero: () => unknown; readonly goType: string; readonly leaf: boolean };

/** The path as strict decoding writes it: `spec.containers[0].image`. */
const strictPath = (path: Trace["path"], last: string): string => {
  let text = "";
  for (const step of path) text += typeof step === "number" ? `[${step}]` : `.${typeof step === "string" ? step : step.key}`;
  return `${text}.${last}`.slice(1);
};

/** The path as type errors write it: `spec.containers.image`. */
const structPath = (path: Trace["path"]): string => path.filter((step) => typeof step === "string").join(".");

const wrongType = (mismatch: Mismatch, { struct, path }: Trace, found = goKind(mismatch.value)): DecodeError =>
  new DecodeError(
    `json: cannot unmarshal ${found} into Go struct field ${struct}.${structPath(path)} of type ${mismatch.goType}`,
    mismatch,
  );

const leaf = ({ decode, goType, zero }: Scalar): Node => ({
  goType,
  leaf: true,
  zero: () => zero,
  decode: (value, trace) => {
    try {
      return decode(value);
    } catch (error) {
      if (error instanceof TypeMismatch) throw wrongType({ value, goType }, trace, error.found);
      throw isMalformed(error) ? new DecodeError(error.message) : error;
    }
  },
});

/** Decodes what stands at `step` of a list or a map. */
const decodeItem = (item: Node, value: unknown, step: number | string, trace: Trace): unknown => {
  if (value === null) return item.zero();
  if (item.leaf) return item.decode(value, trace);
  trace.path.push(typeof step === "number" ? step : { key: step });
  const result = item.decode(value, trace);
  trace.path.pop();
  return result;
};

const list = (item: Node): Node => {
  const goType = `[]${item.goType}`;
  const decode: Decode = (value, trace) => {
    if (!Array.isArray(value)) throw wrongType({ value, goType }, trace);
    let copy: unknown[] | undefined;
    for (let at = 0; at < value.length; at++) {
      const next = decodeItem(item, value[at], at, trace);
      if (next !== value[at]) (copy ??= [...value])[at] = next;
    }
    return copy ?? value;
  };
  return { decode, goType, leaf: false, zero: () => [] };
};

const map = (item: Node, goType: string): Node => {
  const decode: Decode = (value, trace) => {
    if (!isJsonObject(value)) throw wrongType({ value, goType }, trace);
    let copy: { [key: string]: unknown } | undefined;
    for (const key in value) {
      const next = decodeItem(item, value[key], key, trace);
      if (next !== value[key]) setKey((copy ??= { ...value }), key, next);
    }
    return copy ?? value;
  };
  return { decode, goType, leaf: false, zero: () => ({}) };
};

/** The fields of `value` that come before `key`. */
const fieldsBefore = (value: JsonObject, key: string): { [key: string]: unknown } => {
  const result = {};
  for (const field in value) {
    if (field === key) break;
    setKey(result, field, value[field]);
  }
  return result;
};

/** A field's value, or undefined when the field is null or unknown and so left out. */
const decodeField = (node: Node | undefined, value: unknown, key: string, trace: Trace): unknown => {
  if (value === undefined) return undefined;
  if (node === undefined) {
    trace.unknown.push(strictPath(trace.path, key));
    return undefined;
  }
  if (value === null) return undefined;
  trace.path.push(key);
  const result = node.decode(value, trace);
  trace.path.pop();
  return result;
};

type Fields = ReadonlyMap<string, Node>;

const decodeFields = (fields: Fields, value: JsonObject, trace: Trace): JsonObject => {
  let copy: { [key: string]: unknown } | undefined;
  for (const key in value) {
    const next = decodeField(fields.get(key), value[key], key, trace);
    if (copy === undefined && next === value[key]) continue;
    copy ??= fieldsBefore(value, key);
    if (next !== undefined) setKey(copy, key, next);
  }
  return copy ?? value;
};

/** A struct. Its fields are compiled when it is first met, for a model may hold itself. */
const structOf = (model: string): Node => {
  const { version, kind } = modelParts(model);
  const goType = `${version}.${kind}`;
  let fields: Fields | undefined;
  const decode: Decode = (value, trace) => {
    if (!isJsonObject(value)) throw wrongType({ value, goType }, trace);
    fields ??= fieldsOf(model);
    const outer = trace.struct;
    trace.struct = kind;
    const result = decodeFields(fields, value, trace);
    trace.struct = outer;
    return result;
  };
  return { decode, goType, leaf: false, zero: () => ({}) };
};

const structs = new Map<string, Node>();

const modelNode = (model: string): Node => {
  const known = structs.get(model);
  if (known !== undefined) return known;
  const node = structOf(model);
  structs.set(model, node);
  return node;
};

/** `scalar` takes the place of the text that the schema calls it, also inside lists and maps. */
const nodeOf = (schema: FieldSchema, scalar: Scalar | undefined): Node => {
  if (schema.$ref !== undefined) return modelNode(schema.$ref);
  if (schema.items !== undefined) return list(nodeOf(schema.items, scalar));
  if (schema.additionalProperties === undefined) return leaf(scalar ?? scalarOf(schema));
  const item = nodeOf(schema.additionalProperties, scalar);
  return map(item, scalar === quantity ? "v1.ResourceList" : `map[string]${item.goType}`);
};

const SCHEMA = "V1JSONSchemaProps";

/** A schema's schema. Go decodes it by itself: what it has that no schema knows is left out and not told of. */
const innerSchema: Decode = (value, trace) => modelNode(SCHEMA).decode(value, { ...trace, unknown: [] });

const boolOrSchema: Decode = (value, trace) => {
  if (typeof value === "boolean") return value;
  if (isJsonObject(value)) return innerSchema(value, trace);
  throw new DecodeError("boolean or JSON schema expected");
};

const listOrSchema =
  (item: Node): Decode =>
  (value, trace) => {
    if (Array.isArray(value)) return list(item).decode(value, { ...trace, unknown: [] });
    return isJsonObject(value) ? innerSchema(value, trace) : undefined;
  };

/** Where a schema stands, or something else. upstream: apiextensions/v1/marshal.go */
const schemaNodes: { readonly [goType: string]: Decode } = {
  JSONSchemaPropsOrArray: (value, trace) => listOrSchema(modelNode(SCHEMA))(value, trace),
  JSONSchemaPropsOrBool: boolOrSchema,
  JSONSchemaPropsOrStringArray: listOrSchema(leaf(scalarOf({ type: "string" }))),
};

const schemaNode = (model: string, field: string): Node | undefined => {
  const goType = anyType(model, field) ?? "";
  const decode = schemaNodes[goType];
  return decode && { decode, zero: () => null, goType, leaf: false };
};

const specialScalar = (model: string, field: string): Scalar | undefined => {
  if (isQuantity(model, field)) return quantity;
  return isMicroTime(model, field) ? microTime : undefined;
};

const fieldsOf = (model: string): Fields =>
  new Map(Object.entries(modelSchema(model).properties).map(([field, schema]) => [field, fieldNode(model, field, schema)]));

const fieldNode = (model: string, field: string, schema: FieldSchema): Node => {
  const special = schemaNode(model, field);
  if (special === undefined) return nodeOf(schema, specialScalar(model, field));
  return schema.type === "object" ? map(special, `map[string]${special.goType}`) : special;
};

/** An object as it is stored, and the paths of what was left out because no schema knows it. */
export type Decoded = { readonly object: JsonObject; readonly unknown: readonly string[] };

/**
 * Decodes an object of a model: drops nulls and unknown fields, brings quantities and instants to their stored form.
 * Throws: DecodeError at the first value of a wrong type.
 */
export const decodeModel = (model: string, value: JsonObject): Decoded => {
  const trace: Trace = { path: [], struct: "", unknown: [] };
  const object = modelNode(model).decode(value, trace) as JsonObject;
  return { object, unknown: trace.unknown };
};

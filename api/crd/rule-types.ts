// The types of a schema's values for validation rules, and the values themselves. What a rule may see of an object is decided
// here: fields that the schema names, of what it names them. upstream: k8s.io/apiserver/pkg/cel/common/{schemas,values}.go
import { MAX_REQUEST_BYTES } from "../cel/estimate.ts";
import { parseDuration, parseTimestamp } from "../cel/library/time-text.ts";
import { BOOL, BYTES, DOUBLE, DURATION, DYN, INT, listOf, mapOf, objectOf, STRING, TIMESTAMP, type Type } from "../cel/types.ts";
import { CelList, Duration, Timestamp, type Associative, type CelMap, type Value } from "../cel/values.ts";
import { fromJson, JsonMap } from "../cel/json.ts";
import { isJsonObject, type JsonObject } from "../meta/json.ts";
import { isEmbedded, itemsOf, keepsUnknown, propertyOf, valuesOf, type Schema } from "./schema.ts";

/** How rules see the values of a schema. */
export type Seen = { readonly type: Type; readonly read: (json: unknown) => Value };

const seen = new WeakMap<Schema, Seen | undefined>();

/** How rules see the values of a schema; undefined: not at all. */
export const seenOf = (schema: Schema): Seen | undefined => {
  if (!seen.has(schema)) seen.set(schema, make(schema));
  return seen.get(schema);
};

const IS: { readonly [type: string]: (json: unknown) => boolean } = {
  boolean: (json) => typeof json === "boolean",
  integer: (json) => typeof json === "number",
  number: (json) => typeof json === "number",
  string: (json) => typeof json === "string",
  array: Array.isArray,
  object: isJsonObject,
};

/** An old value may be of what the schema was before: it is read as what it is. */
const tolerant =
  ({ type = "" }: Schema, read: Seen["read"]): Seen["read"] =>
  (json) =>
    IS[type]?.(json) === true ? read(json) : fromJson(json);

const make = (schema: Schema): Seen | undefined => {
  if (schema["x-kubernetes-int-or-string"] === true) return { type: DYN, read: fromJson };
  const made = schema.type === undefined ? undefined : MAKERS[schema.type]?.(schema);
  return made === undefined ? undefined : { type: made.type, read: tolerant(schema, made.read) };
};

const plain = (json: unknown): Value => json as string | boolean;

const MAKERS: { readonly [type: string]: (schema: Schema) => Seen | undefined } = {
  boolean: () => ({ type: BOOL, read: plain }),
  integer: () => ({ type: INT, read: (json) => BigInt(Math.trunc(json as number)) }),
  number: () => ({ type: DOUBLE, read: (json) => json as number }),
  string: (schema) => makeText(schema),
  array: (schema) => makeList(schema),
  object: (schema) => (valuesOf(schema) === undefined ? makeObject(schema) : makeMap(schema)),
};

const instant = (json: unknown): Value =>
  new Timestamp(parseTimestamp(json as string) ?? parseTimestamp(`${json as string}T00:00:00Z`) ?? 0n);

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const bytes = (json: unknown): Value => {
  const text = json as string;
  return BASE64.test(text) ? Uint8Array.from(atob(text), (char) => char.codePointAt(0) ?? 0) : text;
};

const FORMATS: { readonly [format: string]: Seen } = {
  byte: { type: BYTES, read: bytes },
  date: { type: TIMESTAMP, read: instant },
  "date-time": { type: TIMESTAMP, read: instant },
  duration: { type: DURATION, read: (json) => new Duration(parseDuration(json as string) ?? 0n) },
};

const makeText = (schema: Schema): Seen => {
  const special = schema.format === undefined ? undefined : FORMATS[schema.format];
  if (special !== undefined) return special;
  const { maxLength, enum: allowed } = schema;
  const longest = allowed === undefined ? MAX_REQUEST_BYTES - 2 : Math.max(0, ...allowed.map((one) => String(one).length));
  return { type: { ...(STRING as Extract<Type, { is: "simple" }>), max: maxLength ?? longest }, read: plain };
};

/** The fewest bytes of a value, as JSON. */
const leastBytes = (schema: Schema): number => {
  if (schema.type === "string" || schema.type === "array") return 2;
  if (schema.type !== "object") return 1;
  return (schema.required ?? []).reduce((sum, name) => sum + name.length + 4 + leastBytes(propertyOf(schema, name) ?? {}), 2);
};

const mostItems = (schema: Schema): number => Math.floor((MAX_REQUEST_BYTES - 2) / (leastBytes(schema) + 1));

const associativeOf = (schema: Schema): Associative | undefined => {
  const type = schema["x-kubernetes-list-type"];
  if (type === "set") return { is: "set" };
  return type === "map" ? { is: "map", keys: (schema["x-kubernetes-list-map-keys"] ?? []).map(escapeName) } : undefined;
};

const makeList = (schema: Schema): Seen | undefined => {
  const items = itemsOf(schema);
  const item = items === undefined ? undefined : seenOf(items);
  if (items === undefined || item === undefined) return undefined;
  const associative = associativeOf(schema);
  return {
    type: listOf(item.type, schema.maxItems ?? mostItems(items)),
    read: (json) => new CelList(json as readonly unknown[], item.read, associative),
  };
};

const makeMap = (schema: Schema): Seen | undefined => {
  const values = valuesOf(schema) ?? {};
  const value = seenOf(values);
  if (value === undefined) return undefined;
  return {
    type: mapOf(STRING, value.type, schema.maxProperties ?? mostItems(values)),
    read: (json) => new JsonMap(json as JsonObject, (_, one) => value.read(one)),
  };
};

const TEXT_SCHEMA: Schema = { type: "string" };
/** What rules see of the metadata of an object. */
const METADATA: Schema = { type: "object", properties: { name: TEXT_SCHEMA, generateName: TEXT_SCHEMA } };
const IDENTITY: { readonly [name: string]: Schema } = { apiVersion: TEXT_SCHEMA, kind: TEXT_SCHEMA, metadata: METADATA };

const makeObject = (schema: Schema): Seen | undefined => {
  if (schema.properties === undefined && keepsUnknown(schema) && !isEmbedded(schema)) return undefined;
  const properties = isEmbedded(schema) ? { ...schema.properties, ...IDENTITY } : (schema.properties ?? {});
  const fields = new Map<string, readonly [name: string, seen: Seen]>();
  for (const [name, property] of Object.entries(properties)) {
    const field = seenOf(property);
    const escaped = escapeName(name);
    if (field !== undefined && /^[A-Za-z_][A-Za-z0-9_]*$/.test(escaped)) fields.set(escaped, [name, field]);
  }
  return {
    type: objectOf("object", Object.fromEntries([...fields].map(([name, [, field]]) => [name, field.type]))),
    read: (json) => new SchemaObject(json as JsonObject, fields),
  };
};

/** An object whose fields are those of its schema, under the names that expressions can write. */
class SchemaObject implements CelMap {
  readonly isMap = true;
  readonly #json: JsonObject;
  readonly #fields: ReadonlyMap<string, readonly [name: string, seen: Seen]>;

  constructor(json: JsonObject, fields: ReadonlyMap<string, readonly [name: string, seen: Seen]>) {
    this.#json = json;
    this.#fields = fields;
  }

  get size(): number {
    return [...this.keys()].length;
  }

  get(key: Value): Value | undefined {
    const field = this.#fields.get(key as string);
    if (field === undefined || !Object.hasOwn(this.#json, field[0])) return undefined;
    return field[1].read(this.#json[field[0]]);
  }

  *keys(): Generator<Value> {
    for (const [escaped, [name]] of this.#fields) if (Object.hasOwn(this.#json, name)) yield escaped;
  }
}

const RESERVED = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(" "),
);

const ESCAPES: { readonly [char: string]: string } = { __: "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__" };

/** A name as expressions write it: `a-b` is `a__dash__b`. upstream: k8s.io/apiserver/pkg/cel/escaping.go */
export const escapeName = (name: string): string =>
  RESERVED.has(name) ? `__${name}__` : name.replaceAll(/__|[.\-/]/g, (part) => ESCAPES[part] ?? part);

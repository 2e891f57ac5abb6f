// Takes from an object what its schema does not know, and gives it the defaults that the schema has.
// upstream: apiextensions-apiserver/pkg/apiserver/schema/{pruning,defaulting,objectmeta}
import { goKind, isJsonObject, setKey, type JsonObject } from "../meta/json.ts";
import { DecodeError, decodeModel } from "../schema/compile.ts";
import { below, isEmbedded, itemsOf, keepsUnknown, propertyOf, valuesOf, type Schema } from "./schema.ts";

/** The fields of every object of Kubernetes. */
const IDENTITY: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

/** Collects the paths of what was left out. */
type Trace = { readonly unknown: string[] };

/** A root or an embedded object: its metadata is that of every object. Throws: DecodeError. */
export const pruneObject = (value: JsonObject, schema: Schema): { readonly object: JsonObject; readonly unknown: readonly string[] } => {
  requireMetadata(value["metadata"]);
  const trace: Trace = { unknown: [] };
  return { object: pruned(value, { ...schema, "x-kubernetes-embedded-resource": true }, "", trace) as JsonObject, unknown: trace.unknown };
};

/** upstream: schema/objectmeta/algorithm.go GetObjectMeta */
const requireMetadata = (value: unknown): void => {
  if (value === undefined || value === null || isJsonObject(value)) return;
  throw new DecodeError(`json: cannot unmarshal ${goKind(value)} into Go value of type v1.ObjectMeta`);
};

const pruned = (value: unknown, schema: Schema, path: string, trace: Trace): unknown => {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return items === undefined ? value : value.map((item, index) => pruned(item, items, below(path, index), trace));
  }
  return isJsonObject(value) ? prunedMap(value, schema, path, trace) : value;
};

const prunedMap = (value: JsonObject, schema: Schema, path: string, trace: Trace): JsonObject => {
  const result: { [key: string]: unknown } = {};
  for (const [key, child] of Object.entries(value)) {
    const at = below(path, key);
    if (isEmbedded(schema) && IDENTITY.has(key)) setKey(result, key, key === "metadata" ? prunedMeta(child, at, trace) : child);
    else {
      const of = propertyOf(schema, key) ?? valuesOf(schema);
      if (of !== undefined) setKey(result, key, pruned(child, of, at, trace));
      else if (keepsUnknown(schema)) setKey(result, key, child);
      else trace.unknown.push(at);
    }
  }
  return result;
};

const prunedMeta = (value: unknown, path: string, trace: Trace): unknown => {
  if (!isJsonObject(value)) return value;
  const { object, unknown } = decodeModel("V1ObjectMeta", value);
  trace.unknown.push(...unknown.map((field) => below(path, field)));
  return object;
};

/** Gives the value what it lacks and its schema has a default for; a null where null may not stand is taken as absent. */
export const withDefaults = (value: unknown, schema: Schema): unknown => {
  if (Array.isArray(value)) return withDefaultsInItems(value, itemsOf(schema));
  return isJsonObject(value) ? mapWithDefaults(value, schema) : value;
};

const isAbsent = (value: unknown, schema: Schema): boolean => value === null && schema.nullable !== true;

/** What a field is of which the schema says nothing. */
const TAKES_NULL: Schema = { nullable: true };

const defaultOf = (schema: Schema): unknown => withDefaults(structuredClone(schema.default), schema);

/** An item is never left out: one without a default stays null. */
const withDefaultsInItems = (list: readonly unknown[], items: Schema | undefined): unknown =>
  items === undefined
    ? list
    : list.map((item) => (isAbsent(item, items) && items.default !== undefined ? defaultOf(items) : withDefaults(item, items)));

/** upstream: defaulting.PruneNonNullableNullsWithoutDefaults, then defaulting.Default */
const mapWithDefaults = (value: JsonObject, schema: Schema): JsonObject => {
  const result: { [key: string]: unknown } = {};
  for (const [key, child] of Object.entries(value)) {
    const of = propertyOf(schema, key) ?? valuesOf(schema) ?? TAKES_NULL;
    if (!isAbsent(child, of)) setKey(result, key, withDefaults(child, of));
    else if (of.default !== undefined) setKey(result, key, defaultOf(of));
  }
  for (const [key, of] of Object.entries(schema.properties ?? {})) {
    if (of.default !== undefined && !Object.hasOwn(result, key)) setKey(result, key, defaultOf(of));
  }
  return result;
};

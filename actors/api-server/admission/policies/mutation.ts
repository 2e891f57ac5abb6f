// What the expression of a mutation makes of an object.
// upstream: apiserver/pkg/admission/plugin/policy/mutating/patch/{smd,json_patch}.go
import { merge } from "#api/apply/merge.ts";
import { modelShape, type Shape } from "#api/apply/shape.ts";
import { ApplyError, childShape, resolved } from "#api/apply/walk.ts";
import { toJson } from "#api/cel/json.ts";
import { CelList, EvalError, isMap, Optional, Struct, type Value } from "#api/cel/values.ts";
import type { Kind } from "#api/kind.ts";
import { isJsonObject, setKey, type JsonObject } from "#api/meta/json.ts";
import { jsonPatch } from "#api/meta/patch.ts";

/** A mutation that cannot be made. */
export class MutationFault extends Error {}

/** The object with an `Object{…}` merged into it, as server-side apply would. Throws: MutationFault. */
export const applyConfiguration = (object: JsonObject, config: Value, kind: Kind): JsonObject => {
  const shape = kind.codec?.shape ?? modelShape(kind.model);
  try {
    requireNames(config, "Object");
    const json = toJson(config);
    requireGranular(json, shape, "");
    const merged = merge(object, json, shape) as JsonObject;
    return without(merged, config) as JsonObject;
  } catch (error) {
    if (error instanceof ApplyError || error instanceof EvalError) throw new MutationFault(error.message);
    throw error;
  }
};

/** A struct is named by where it stands: `Object.spec` is the spec. upstream: CheckTypeNamesMatchFieldPathNames */
const requireNames = (value: Value, path: string): void => {
  if (value instanceof Struct) {
    if (value.name !== path) {
      throw new MutationFault(
        `unexpected type name ${JSON.stringify(value.name)}, expected ${JSON.stringify(path)}, which matches field name path from root Object type`,
      );
    }
    for (const [field, inner] of value.fields) if (!(inner instanceof Optional)) requireNames(inner, `${path}.${field}`);
  } else if (value instanceof CelList) for (const item of value) requireNames(item, path);
  else if (isMap(value)) for (const key of value.keys()) requireNames(value.get(key) ?? null, path);
};

const ATOMIC = "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs";

/** What changes as a whole is no matter for a merge. upstream: validatePatch */
const requireGranular = (json: unknown, given: Shape, path: string): void => {
  const shape = resolved(given, json);
  if (shape.is === "leaf" && typeof json === "object" && json !== null) throw new MutationFault(`${ATOMIC}: ${path}`);
  if (shape.is === "map" && isJsonObject(json)) {
    for (const [key, child] of Object.entries(json)) requireGranular(child, childShape(shape, key), `${path}.${key}`);
  } else if (shape.is === "list" && Array.isArray(json)) for (const item of json) requireGranular(item, shape.item, path);
};

/** The object without the fields that the struct gives none. */
const without = (object: unknown, config: Value): unknown => {
  if (!(config instanceof Struct) || !isJsonObject(object)) return object;
  const result: { [key: string]: unknown } = { ...object };
  for (const [field, value] of config.fields) {
    if (value instanceof Optional && value.value === undefined) delete result[field];
    else if (value instanceof Struct) setKey(result, field, without(result[field], value));
  }
  return result;
};

/** The object after a list of `JSONPatch{…}`. Throws: MutationFault. */
export const applyJsonPatch = (object: JsonObject, patches: Value): JsonObject => {
  try {
    const operations = toJson(patches);
    return jsonPatch(object, operations);
  } catch (error) {
    if (error instanceof Error) throw new MutationFault(`failed to apply JSON Patch: ${error.message}`);
    throw error;
  }
};

// What lies in the store, as today's definition has it: written under an older schema, it may lack defaults and have fields
// that are known no more. Nothing is written for that. upstream: customresource_handler.go, schemaCoercingDecoder, unstructuredDefaulter
import type { V1CustomResourceDefinition } from "../generated/types.ts";
import { deepEqual } from "../meta/equal.ts";
import type { KubeObject } from "../meta/object.ts";
import { apiVersionOf } from "../meta/resource.ts";
import { DecodeError } from "../schema/compile.ts";
import { pruneObject, withDefaults } from "./prune.ts";
import { schemaOf, type Schema } from "./schema.ts";

/** The object without what the schema does not know; as it is, when an object within it has metadata that cannot be read. */
export const coerced = (object: KubeObject, schema: Schema): KubeObject => {
  try {
    return pruneObject(object, schema).object;
  } catch (error) {
    if (error instanceof DecodeError) return object;
    throw error;
  }
};

/** Reads stored objects: by the schema of the version in which each was written. Undefined: as it lies there. */
export const storedReader = ({ spec }: V1CustomResourceDefinition): ((stored: KubeObject) => KubeObject | undefined) => {
  const { group } = spec;
  const schemas = new Map(spec.versions.map((version) => [apiVersionOf({ group, version: version.name }), schemaOf(version)]));
  return (stored) => {
    const schema = schemas.get(stored.apiVersion ?? "");
    if (schema === undefined) return undefined;
    const read = withDefaults(coerced(stored, schema), schema) as KubeObject;
    return deepEqual(read, stored) ? undefined : read;
  };
};

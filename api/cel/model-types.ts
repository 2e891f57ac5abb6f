// The types of Kubernetes' own objects, from the generated schemas. upstream: apiserver/pkg/cel/openapi/resolver, common/schemas.go
import { modelSchema, type FieldSchema } from "../schema/models.ts";
import { BOOL, BYTES, DOUBLE, DYN, INT, listOf, mapOf, STRING, TIMESTAMP, type Type } from "./types.ts";

const known = new Map<string, Type>();

/** The type of an object of a model (`V1Pod`). Fields are looked up when they are asked for: a model may hold itself. */
export const modelType = (model: string): Type => {
  const found = known.get(model);
  if (found !== undefined) return found;
  const { properties } = modelSchema(model);
  const type: Type = {
    is: "object",
    name: model,
    field: (name) => (Object.hasOwn(properties, name) ? fieldType(properties[name] ?? {}) : undefined),
  };
  known.set(model, type);
  return type;
};

const fieldType = (schema: FieldSchema): Type => {
  if (schema.$ref !== undefined) return modelType(schema.$ref);
  if (schema.items !== undefined) return listOf(fieldType(schema.items));
  if (schema.additionalProperties !== undefined) return mapOf(STRING, fieldType(schema.additionalProperties));
  return scalarType(schema);
};

const FORMATS: { readonly [format: string]: Type } = { "date-time": TIMESTAMP, byte: BYTES };
const SCALARS: { readonly [type: string]: Type } = { boolean: BOOL, integer: INT, number: DOUBLE };

const scalarType = ({ type, format = "", "x-kubernetes-int-or-string": isEither }: FieldSchema): Type => {
  if (isEither === true || type === undefined) return DYN;
  return type === "string" ? (FORMATS[format] ?? STRING) : (SCALARS[type] ?? DYN);
};

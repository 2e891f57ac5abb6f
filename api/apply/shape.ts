// How the value of a field merges: what of it has owners of its own. Shapes are made when they are first met, for a model may
// hold itself. upstream: sigs.k8s.io/structured-merge-diff/schema
import { fieldMapType, isAtomicModel, isQuantity, listFact } from "../schema/facts.ts";
import { type FieldSchema, modelSchema } from "../schema/models.ts";

/** What merges how. */
export type Shape =
  /** A single value, or a list or a map that changes as a whole. `holds`: what may stand there; absent: anything. */
  | { readonly is: "leaf"; readonly holds?: Held | undefined }
  /** Fields and keys with owners of their own. `field` knows the fields of a struct, `item` is what other keys hold. */
  | { readonly is: "map"; readonly field: (name: string) => Shape | undefined; readonly item: Shape | undefined }
  /** A list of single values, each once. */
  | { readonly is: "set"; readonly item?: Shape }
  /** A list whose items are told apart by keys, which stand in the order of their names. */
  | { readonly is: "list"; readonly keys: readonly ListKey[]; readonly item: Shape }
  /** A value of any type: maps merge, everything else changes as a whole. */
  | { readonly is: "any" };

/** A single value's type, or what a whole is made of. `scalar`: a text, a number or a boolean. */
export type Held =
  | "numeric"
  | "string"
  | "boolean"
  | "scalar"
  | { readonly is: "whole list"; readonly item: Shape }
  | Extract<Shape, { readonly is: "map" }>;

/** A key of a list's items, and what an item without it has. */
export type ListKey = { readonly name: string; readonly otherwise?: unknown };

/** Keys as a shape has them. */
export const inOrder = (keys: readonly ListKey[]): readonly ListKey[] => keys.toSorted((a, b) => (a.name < b.name ? -1 : 1));

export const LEAF: Shape = { is: "leaf" };
export const ANY: Shape = { is: "any" };

/** What `any` is when its value is a map. */
export const ANY_MAP: MapShape = { is: "map", field: () => undefined, item: ANY };

/** A list or a map that changes as a whole. */
export const wholeOf = (shape: Shape): Shape => (shape.is === "map" ? { is: "leaf", holds: shape } : shape);

/** A list that changes as a whole. */
export const wholeList = (item: Shape): Shape => ({ is: "leaf", holds: { is: "whole list", item } });

type MapShape = Extract<Shape, { readonly is: "map" }>;

const HELD: { readonly [type: string]: Held } = { integer: "numeric", number: "numeric", boolean: "boolean" };

/** A single value of a type of a schema. upstream: kube-openapi/pkg/schemaconv convertPrimitive */
export const scalarShape = (type = "", format = ""): Shape => {
  const isText = type === "string" && (format === "" || format === "byte");
  return { is: "leaf", holds: isText ? "string" : (HELD[type] ?? "scalar") };
};

/** A text or a number. */
export const SCALAR: Shape = { is: "leaf", holds: "scalar" };

/** upstream: the defaults of list keys in the OpenAPI document */
const KEY_DEFAULTS: { readonly [key: string]: unknown } = { protocol: "TCP" };

const models = new Map<string, Shape>();

/** The shape of an object of a model (`V1Pod`). */
export const modelShape = (model: string): Shape => {
  const known = models.get(model);
  if (known !== undefined) return known;
  const shape = isAtomicModel(model) ? wholeOf(structShape(model)) : structShape(model);
  models.set(model, shape);
  return shape;
};

const structShape = (model: string): Shape => {
  const { properties } = modelSchema(model);
  const fields = new Map<string, Shape>();
  const field = (name: string): Shape | undefined => {
    const known = fields.get(name);
    if (known !== undefined || !Object.hasOwn(properties, name)) return known;
    const shape = fieldShape(model, name, properties[name] ?? {});
    fields.set(name, shape);
    return shape;
  };
  return { is: "map", field, item: undefined };
};

const fieldShape = (model: string, field: string, schema: FieldSchema): Shape => {
  const single = isQuantity(model, field) ? SCALAR : undefined;
  if (schema.items !== undefined) return listShape(model, field, single ?? valueShape(schema.items));
  const mapType = fieldMapType(model, field);
  const shape = ofField(schema, mapType === "granular", single);
  return mapType === "atomic" ? wholeOf(shape) : shape;
};

/** `granular`: the field's own word counts before its model's. */
const ofField = (schema: FieldSchema, granular: boolean, single: Shape | undefined): Shape => {
  if (schema.$ref !== undefined && granular) return structShape(schema.$ref);
  if (schema.additionalProperties === undefined) return single ?? valueShape(schema);
  return { is: "map", field: () => undefined, item: single ?? valueShape(schema.additionalProperties) };
};

const valueShape = (schema: FieldSchema): Shape => {
  if (schema.$ref !== undefined) return modelShape(schema.$ref);
  if (schema.items !== undefined) return wholeList(valueShape(schema.items));
  if (schema["x-kubernetes-int-or-string"] === true) return SCALAR;
  return schema.type === undefined || schema.type === "object" ? ANY : scalarShape(schema.type, schema.format);
};

const listShape = (model: string, field: string, item: Shape): Shape => {
  const fact = listFact(model, field);
  if (fact?.list === "set") return { is: "set", item };
  if (fact?.list !== "map") return wholeList(item);
  const keys = (fact.keys ?? []).map((name) => (Object.hasOwn(KEY_DEFAULTS, name) ? { name, otherwise: KEY_DEFAULTS[name] } : { name }));
  return { is: "list", keys: inOrder(keys), item };
};

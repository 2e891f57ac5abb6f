// How the value of a field merges: what of it has owners of its own. Shapes are made when they are first met, for a model may
// hold itself. upstream: sigs.k8s.io/structured-merge-diff/schema
import { fieldMapType, isAtomicModel, listFact } from "../schema/facts.ts";
import { type FieldSchema, modelSchema } from "../schema/models.ts";

/** What merges how. */
export type Shape =
  /** A single value, or a list or a map that changes as a whole. */
  | { readonly is: "leaf" }
  /** Fields and keys with owners of their own. `field` knows the fields of a struct, `item` is what other keys hold. */
  | { readonly is: "map"; readonly field: (name: string) => Shape | undefined; readonly item: Shape | undefined }
  /** A list of single values, each once. */
  | { readonly is: "set" }
  /** A list whose items are told apart by keys, which stand in the order of their names. */
  | { readonly is: "list"; readonly keys: readonly ListKey[]; readonly item: Shape }
  /** A value of any type: maps merge, everything else changes as a whole. */
  | { readonly is: "any" };

/** A key of a list's items, and what an item without it has. */
export type ListKey = { readonly name: string; readonly otherwise?: unknown };

/** Keys as a shape has them. */
export const inOrder = (keys: readonly ListKey[]): readonly ListKey[] => keys.toSorted((a, b) => (a.name < b.name ? -1 : 1));

export const LEAF: Shape = { is: "leaf" };
export const ANY: Shape = { is: "any" };

/** What `any` is when its value is a map. */
export const ANY_MAP: Extract<Shape, { is: "map" }> = { is: "map", field: () => undefined, item: ANY };

/** upstream: the defaults of list keys in the OpenAPI document */
const KEY_DEFAULTS: { readonly [key: string]: unknown } = { protocol: "TCP" };

const models = new Map<string, Shape>();

/** The shape of an object of a model (`V1Pod`). */
export const modelShape = (model: string): Shape => {
  const known = models.get(model);
  if (known !== undefined) return known;
  const shape = isAtomicModel(model) ? LEAF : structShape(model);
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
  if (schema.items !== undefined) return listShape(model, field, schema.items);
  const mapType = fieldMapType(model, field);
  if (mapType === "atomic") return LEAF;
  if (schema.$ref !== undefined) return mapType === "granular" ? structShape(schema.$ref) : modelShape(schema.$ref);
  if (schema.additionalProperties !== undefined)
    return { is: "map", field: () => undefined, item: valueShape(schema.additionalProperties) };
  return schema.type === undefined || schema.type === "object" ? ANY : LEAF;
};

const valueShape = (schema: FieldSchema): Shape => (schema.$ref === undefined ? LEAF : modelShape(schema.$ref));

const listShape = (model: string, field: string, items: FieldSchema): Shape => {
  const fact = listFact(model, field);
  if (fact?.list === "set") return { is: "set" };
  if (fact?.list !== "map") return LEAF;
  const keys = (fact.keys ?? []).map((name) => (Object.hasOwn(KEY_DEFAULTS, name) ? { name, otherwise: KEY_DEFAULTS[name] } : { name }));
  return { is: "list", keys: inOrder(keys), item: valueShape(items) };
};

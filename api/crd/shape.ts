// How objects of a schema merge when they are applied. upstream: apiextensions-apiserver/pkg/controller/openapi/builder, structured-merge-diff
import { ANY, inOrder, LEAF, modelShape, type ListKey, type Shape } from "../apply/shape.ts";
import { isEmbedded, itemsOf, keepsUnknown, propertyOf, valuesOf, type Schema } from "./schema.ts";

/** The shape of a whole object. */
export const objectShape = (schema: Schema | undefined): Shape =>
  schemaShape({ ...(schema ?? { "x-kubernetes-preserve-unknown-fields": true }), type: "object", "x-kubernetes-embedded-resource": true });

const IDENTITY: { readonly [field: string]: Shape } = { apiVersion: LEAF, kind: LEAF };

const schemaShape = (schema: Schema): Shape => {
  if (schema.type === "array") return listShape(schema);
  if (schema["x-kubernetes-int-or-string"] === true) return LEAF;
  if (schema.type === undefined) return ANY;
  return schema.type === "object" ? mapShape(schema) : LEAF;
};

const listShape = (schema: Schema): Shape => {
  const type = schema["x-kubernetes-list-type"];
  if (type === "set") return { is: "set" };
  const items = itemsOf(schema);
  if (type !== "map" || items === undefined) return LEAF;
  const keys = (schema["x-kubernetes-list-map-keys"] ?? []).map((name): ListKey => {
    const otherwise = propertyOf(items, name)?.default;
    return otherwise === undefined ? { name } : { name, otherwise };
  });
  return { is: "list", keys: inOrder(keys), item: schemaShape(items) };
};

const mapShape = (schema: Schema): Shape => {
  if (schema["x-kubernetes-map-type"] === "atomic") return LEAF;
  const fields = new Map<string, Shape | undefined>();
  const values = valuesOf(schema);
  const field = (name: string): Shape | undefined => {
    if (!fields.has(name)) fields.set(name, fieldShape(schema, name));
    return fields.get(name);
  };
  return { is: "map", field, item: values === undefined ? (keepsUnknown(schema) ? ANY : undefined) : schemaShape(values) };
};

const fieldShape = (schema: Schema, name: string): Shape | undefined => {
  if (isEmbedded(schema)) {
    if (name === "metadata") return modelShape("V1ObjectMeta");
    if (Object.hasOwn(IDENTITY, name)) return IDENTITY[name];
  }
  const property = propertyOf(schema, name);
  return property === undefined ? undefined : schemaShape(property);
};

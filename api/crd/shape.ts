// How objects of a schema merge when they are applied. upstream: apiextensions-apiserver/pkg/controller/openapi/builder, structured-merge-diff
import { ANY, inOrder, modelShape, SCALAR, scalarShape, wholeList, wholeOf, type ListKey, type Shape } from "../apply/shape.ts";
import { isEmbedded, itemsOf, keepsUnknown, propertyOf, valuesOf, type Schema } from "./schema.ts";

/** The shape of a whole object. */
export const objectShape = (schema: Schema | undefined): Shape =>
  schemaShape({ ...(schema ?? { "x-kubernetes-preserve-unknown-fields": true }), type: "object", "x-kubernetes-embedded-resource": true });

const IDENTITY: { readonly [field: string]: Shape } = { apiVersion: scalarShape("string"), kind: scalarShape("string") };

/** `outer`: a schema around it keeps what it does not name, and so do those below it. upstream: kube-openapi/pkg/schemaconv VisitSpec */
const schemaShape = (schema: Schema, outer = false): Shape => {
  const keeps = outer || keepsUnknown(schema);
  if (schema.type === "array") return listShape(schema, keeps);
  if (schema["x-kubernetes-int-or-string"] === true) return SCALAR;
  if (schema.type === undefined) return ANY;
  return schema.type === "object" ? mapShape(schema, keeps) : scalarShape(schema.type, schema.format);
};

const listShape = (schema: Schema, keeps: boolean): Shape => {
  const type = schema["x-kubernetes-list-type"];
  const items = itemsOf(schema);
  const item = items === undefined ? ANY : schemaShape(items, keeps);
  if (type === "set") return { is: "set", item };
  if (type !== "map" || items === undefined) return wholeList(item);
  const keys = (schema["x-kubernetes-list-map-keys"] ?? []).map((name): ListKey => {
    const otherwise = propertyOf(items, name)?.default;
    return otherwise === undefined ? { name } : { name, otherwise };
  });
  return { is: "list", keys: inOrder(keys), item };
};

const mapShape = (schema: Schema, keeps: boolean): Shape => {
  const shape = granularMap(schema, keeps);
  return schema["x-kubernetes-map-type"] === "atomic" ? wholeOf(shape) : shape;
};

const granularMap = (schema: Schema, keeps: boolean): Shape => {
  const fields = new Map<string, Shape | undefined>();
  const field = (name: string): Shape | undefined => {
    if (!fields.has(name)) fields.set(name, fieldShape(schema, name, keeps));
    return fields.get(name);
  };
  return { is: "map", field, item: otherFields(schema, keeps) };
};

/** What fields hold that the schema does not name; undefined: there are none. An object of which nothing is said holds anything. */
const otherFields = (schema: Schema, keeps: boolean): Shape | undefined => {
  const values = valuesOf(schema);
  if (values !== undefined) return schemaShape(values, keeps);
  const isOpen = keeps || (!isEmbedded(schema) && schema.properties === undefined);
  return isOpen ? ANY : undefined;
};

const fieldShape = (schema: Schema, name: string, keeps: boolean): Shape | undefined => {
  if (isEmbedded(schema)) {
    if (name === "metadata") return modelShape("V1ObjectMeta");
    if (Object.hasOwn(IDENTITY, name)) return IDENTITY[name];
  }
  const property = propertyOf(schema, name);
  return property === undefined ? undefined : schemaShape(property, keeps);
};

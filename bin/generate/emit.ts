// Turns models into what the product reads: TypeScript types for the code, OpenAPI schemas for the API server, and the
// fields' documentation for `kubectl explain`, kept apart because only explain and OpenAPI need it. Pure.
import type { Model } from "./models.ts";
import type { ModelText } from "./texts.ts";

type Json = { readonly [key: string]: unknown };

const ARRAY = /^(?:Array|Set)<(.+)>$/;
const MAP = /^\{ \[key: string\]: (.+); \}$/;
const SCALARS: Readonly<Record<string, string>> = {
  string: "string",
  number: "number",
  boolean: "boolean",
  Date: "string",
  V1MicroTime: "string",
  IntOrString: "number | string",
  any: "unknown",
  object: "{ readonly [key: string]: unknown }",
};

const typeOf = (type: string): string => {
  const item = ARRAY.exec(type)?.[1];
  if (item !== undefined) return `readonly ${item.includes("{") ? `(${typeOf(item)})` : typeOf(item)}[]`;
  const value = MAP.exec(type)?.[1];
  if (value !== undefined) return `{ readonly [key: string]: ${typeOf(value)} }`;
  return SCALARS[type] ?? type;
};

const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

/** The TypeScript types of all models. Instants are strings, as they are on the wire. */
export const emitTypes = (models: readonly Model[]): string =>
  [
    "// Generated from @kubernetes/client-node by bin/generate at `npm ci`; not committed.",
    ...models.map((model) => {
      const fields = model.fields.map(
        (field) =>
          `  readonly ${key(field.name)}${field.required ? "" : "?"}: ${typeOf(field.type)}${field.required ? "" : " | undefined"};`,
      );
      return `export type ${model.name} = {\n${fields.join("\n")}\n};`;
    }),
    "",
  ].join("\n");

const SCALAR_SCHEMAS: Readonly<Record<string, Json>> = {
  string: { type: "string" },
  boolean: { type: "boolean" },
  Date: { type: "string", format: "date-time" },
  V1MicroTime: { type: "string", format: "date-time" },
  IntOrString: { "x-kubernetes-int-or-string": true },
  any: {},
  object: { type: "object" },
};

const schemaOf = (type: string, format: string): Json => {
  const item = ARRAY.exec(type)?.[1];
  if (item !== undefined) return { type: "array", items: schemaOf(item, format) };
  const value = MAP.exec(type)?.[1];
  if (value !== undefined) return { type: "object", additionalProperties: schemaOf(value, format) };
  if (type === "number")
    return format.startsWith("int") ? { type: "integer", format } : { type: "number", ...(format === "" ? {} : { format }) };
  const scalar = SCALAR_SCHEMAS[type];
  if (scalar === undefined) return { $ref: type };
  return format === "byte" ? { ...scalar, format } : scalar;
};

/** What is said of models and their fields, by name. */
export type Texts = ReadonlyMap<string, ModelText>;

const ofValues = (schema: Json, values: readonly string[] | undefined): Json => {
  if (values === undefined) return schema;
  return schema["type"] === "array" ? { ...schema, items: { ...(schema["items"] as Json), enum: values } } : { ...schema, enum: values };
};

/** The schemas, by model name. `$ref` is the bare name of another model. */
export const emitSchemas = (models: readonly Model[], texts: Texts): Json =>
  Object.fromEntries(
    models.map((model) => {
      const said = texts.get(model.name)?.fields;
      const required = model.fields.filter((field) => field.required).map((field) => field.name);
      const properties = Object.fromEntries(
        model.fields.map(({ name, type, format }) => [name, ofValues(schemaOf(type, format), said?.get(name)?.values)]),
      );
      return [model.name, { type: "object", properties, ...(required.length > 0 ? { required } : {}) }];
    }),
  );

const without = (entries: readonly (readonly [string, string])[]): Json => Object.fromEntries(entries.filter(([, doc]) => doc !== ""));

/** Documentation: model name → its own text under "" and each field's under the field's name; so too of types that are no models (`Time`). */
export const emitDocs = (models: readonly Model[], texts: Texts): Json => {
  const names = new Set(models.map(({ name }) => name));
  const others = [...texts].filter(([name, { fields }]) => fields.size === 0 && !names.has(name));
  return Object.fromEntries([
    ...models.map((model) => {
      const said = texts.get(model.name);
      const fields = model.fields.map(({ name, doc }) => [name, said?.fields.get(name)?.doc ?? doc] as const);
      return [model.name, without([["", said?.doc ?? model.doc], ...fields])] as const;
    }),
    ...others.map(([name, { doc }]) => [name, without([["", doc]])] as const),
  ]);
};

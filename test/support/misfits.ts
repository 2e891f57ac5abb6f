// Whether an object is what an OpenAPI v2 document says: types, required fields, no other fields, keys of lists.
import type { Loose } from "./kinds.ts";

export type Definitions = { readonly [name: string]: Definition };

type Definition = {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: { readonly [field: string]: Definition };
  readonly required?: readonly string[];
  readonly items?: Definition;
  readonly additionalProperties?: Definition;
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
};

/** Texts by their definition, which may be written otherwise too. */
const SCALARS = /\.(?:IntOrString|Quantity|Time|MicroTime)$/;

const typeOf = (value: unknown): string => {
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
};

const fits = (value: unknown, type: string): boolean => typeOf(value) === type || (type === "number" && typeof value === "number");

const keyed = (schema: Definition, list: readonly unknown[], path: string): readonly string[] => {
  const type = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (type !== "map" && type !== "set") return [];
  const texts = list.map((item) => JSON.stringify(type === "set" ? item : keys.map((key) => (item as Loose)[key])));
  return texts.filter((text, at) => texts.indexOf(text) !== at).map((text) => `${path}: ${text} twice`);
};

/** What does not fit, by path. */
export const misfits = (definitions: Definitions, name: string, value: unknown): readonly string[] => {
  const judge = (schema: Definition, it: unknown, path: string): readonly string[] => {
    if (schema.$ref !== undefined) {
      const ref = schema.$ref.replace("#/definitions/", "");
      if (SCALARS.test(ref)) return ["string", "number"].includes(typeof it) ? [] : [`${path}: ${typeof it}`];
      return judge(definitions[ref] ?? {}, it, path);
    }
    if (schema.type !== undefined && !fits(it, schema.type)) return [`${path}: ${typeOf(it)} for ${schema.type}`];
    if (Array.isArray(it))
      return [...keyed(schema, it, path), ...it.flatMap((item, at) => judge(schema.items ?? {}, item, `${path}[${at}]`))];
    return typeof it === "object" && it !== null ? judgeFields(schema, it as Loose, path) : [];
  };
  const judgeFields = (schema: Definition, it: Loose, path: string): readonly string[] => {
    const { properties, additionalProperties, required = [] } = schema;
    const missing = required.filter((field) => it[field] === undefined).map((field) => `${path}.${field}: missing`);
    const fields = Object.entries(it).flatMap(([field, own]) => {
      const of = properties?.[field] ?? additionalProperties;
      if (of !== undefined) return judge(of, own, `${path}.${field}`);
      return properties === undefined ? [] : [`${path}.${field}: unknown`];
    });
    return [...missing, ...fields];
  };
  return judge(definitions[name] ?? {}, value, "");
};

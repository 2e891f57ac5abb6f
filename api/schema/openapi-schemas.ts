// The schemas of OpenAPI documents: the generated ones with the facts that they lack, under upstream's names.
// upstream: k8s.io/kube-openapi/pkg/{builder,builder3}
import { withoutValues } from "#api/meta/docs.ts";
import type { JsonObject } from "#api/meta/json.ts";
import { anyType, fieldMapType, isAtomicModel, isMicroTime, isQuantity, listFact, listType } from "./facts.ts";
import { type FieldSchema, modelSchema } from "./models.ts";

/** Texts that describe models: model → its own text under "" and each field's under the field's name. */
export type Docs = { readonly [model: string]: { readonly [field: string]: string } };

/** How one document writes its schemas. */
export type SchemaStyle = {
  readonly version: 2 | 3;
  readonly docs: Docs;
  readonly nameOf: (model: string) => string;
  readonly kindsOf: (model: string) => readonly JsonObject[];
};

const MACHINERY = "io.k8s.apimachinery.pkg";
const EXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";
const TIME = `${MACHINERY}.apis.meta.v1.Time`;
const MICRO_TIME = `${MACHINERY}.apis.meta.v1.MicroTime`;
const QUANTITY = `${MACHINERY}.api.resource.Quantity`;
const INT_OR_STRING = `${MACHINERY}.util.intstr.IntOrString`;
const ANY: { readonly [type: string]: string } = {
  FieldsV1: `${MACHINERY}.apis.meta.v1.FieldsV1`,
  RawExtension: `${MACHINERY}.runtime.RawExtension`,
};

const oneOf = (...types: readonly string[]): JsonObject => ({ oneOf: types.map((type) => ({ type })) });
const instant: JsonObject = { type: "string", format: "date-time" };
const anyObject: JsonObject = { type: "object" };

/** Types that are no models. `v2` where the old document cannot say it, `text` where upstream's is about its own language. */
const SPECIAL: { readonly [name: string]: { readonly schema: JsonObject; readonly v2?: JsonObject; readonly text?: string } } = {
  [TIME]: { schema: instant },
  [MICRO_TIME]: { schema: instant },
  [QUANTITY]: {
    schema: oneOf("string", "number"),
    v2: { type: "string" },
    text: "An exact amount: a number with an optional suffix of 10 (n, u, m, k, M, G, T, P, E), of 2 (Ki, Mi, Gi, Ti, Pi, Ei) or an exponent (e3).",
  },
  [INT_OR_STRING]: {
    schema: { format: "int-or-string", ...oneOf("integer", "string") },
    v2: { type: "string", format: "int-or-string" },
  },
  [`${MACHINERY}.apis.meta.v1.FieldsV1`]: { schema: anyObject },
  [`${MACHINERY}.runtime.RawExtension`]: { schema: anyObject },
  [`${EXTENSIONS}.CustomResourceSubresourceStatus`]: { schema: anyObject },
  [`${EXTENSIONS}.JSON`]: { schema: {} },
  [`${EXTENSIONS}.JSONSchemaPropsOrBool`]: { schema: {} },
  [`${EXTENSIONS}.JSONSchemaPropsOrArray`]: { schema: {} },
  [`${EXTENSIONS}.JSONSchemaPropsOrStringArray`]: { schema: {} },
};

const specialOf = (model: string, field: string, schema: FieldSchema): string | undefined => {
  if (isQuantity(model, field)) return QUANTITY;
  if (schema.format === "date-time") return isMicroTime(model, field) ? MICRO_TIME : TIME;
  if (schema["x-kubernetes-int-or-string"] === true) return INT_OR_STRING;
  const any = schema.type === undefined && schema.$ref === undefined ? anyType(model, field) : undefined;
  return any === undefined ? undefined : (ANY[any] ?? `${EXTENSIONS}.${any}`);
};

/** A reference to a schema of the document. */
export const schemaRef = (version: 2 | 3, name: string): JsonObject => ({
  $ref: `#/${version === 2 ? "definitions" : "components/schemas"}/${name}`,
});

const extensions = (model: string, field: string, schema: FieldSchema): JsonObject => {
  const { list, keys, mergeKey, patch } = listFact(model, field) ?? {};
  const all = {
    "x-kubernetes-list-type": schema.type === "array" ? listType(model, field) : list,
    "x-kubernetes-list-map-keys": keys,
    "x-kubernetes-patch-merge-key": mergeKey,
    "x-kubernetes-patch-strategy": patch,
    "x-kubernetes-map-type": fieldMapType(model, field),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
};

/** Writes schemas of one document and remembers which special types they used. */
export class SchemaWriter {
  readonly #style: SchemaStyle;
  readonly #special = new Set<string>();
  constructor(style: SchemaStyle) {
    this.#style = style;
  }

  /** The schema of a model. */
  model(model: string): JsonObject {
    const { properties, required } = modelSchema(model);
    const kinds = this.#style.kindsOf(model);
    return {
      ...this.#description(model, ""),
      type: "object",
      properties: Object.fromEntries(Object.entries(properties).map(([field, schema]) => [field, this.#field(model, field, schema)])),
      ...(required === undefined ? {} : { required }),
      ...(kinds.length === 0 ? {} : { "x-kubernetes-group-version-kind": kinds }),
      ...(isAtomicModel(model) ? { "x-kubernetes-map-type": "atomic" } : {}),
    };
  }

  /** The special types used so far, by name. */
  special(): JsonObject {
    const { version } = this.#style;
    const entries = [...this.#special].toSorted().flatMap((name) => {
      const special = SPECIAL[name];
      if (special === undefined) throw new Error(`no special type ${name}`);
      const { schema, v2 = schema, text } = special;
      const described = text === undefined ? this.#description(name.split(".").at(-1) ?? "", "") : { description: text };
      return [[name, { ...described, ...(version === 2 ? v2 : schema) }] as const];
    });
    return Object.fromEntries(entries);
  }

  #description(model: string, field: string): { readonly description?: string } {
    const text = this.#style.docs[model]?.[field] ?? "";
    const description = this.#style.version === 2 ? withoutValues(text) : text;
    return description === "" ? {} : { description };
  }

  #field(model: string, field: string, schema: FieldSchema): JsonObject {
    return { ...this.#described(this.#type(model, field, schema), this.#description(model, field)), ...extensions(model, field, schema) };
  }

  /** OpenAPI 3.0 ignores what stands beside a reference, so there the reference is wrapped. */
  #described(type: JsonObject, description: { readonly description?: string }): JsonObject {
    if (description.description === undefined) return type;
    return this.#style.version === 3 && "$ref" in type ? { allOf: [type], ...description } : { ...type, ...description };
  }

  #type(model: string, field: string, schema: FieldSchema): JsonObject {
    if (schema.items !== undefined) return { type: "array", items: this.#type(model, field, schema.items) };
    if (schema.additionalProperties !== undefined) {
      return { type: "object", additionalProperties: this.#type(model, field, schema.additionalProperties) };
    }
    const { version, nameOf } = this.#style;
    if (schema.$ref !== undefined) return schemaRef(version, nameOf(schema.$ref));
    const special = specialOf(model, field, schema);
    if (special === undefined) return version === 2 ? withoutEnum(schema) : schema;
    this.#special.add(special);
    return schemaRef(version, special);
  }
}

/** The old document lists no values. upstream: swagger.json */
const withoutEnum = ({ enum: _values, ...schema }: FieldSchema): JsonObject => schema;

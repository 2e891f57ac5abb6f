// The generated schemas, loaded once. Only this file reads them.
import schemas from "#api/generated/schemas.json" with { type: "json" };

/** What a field holds. `$ref` names another model; nothing at all means any JSON. */
export type FieldSchema = {
  readonly $ref?: string;
  readonly type?: "string" | "integer" | "number" | "boolean" | "array" | "object";
  readonly format?: string;
  readonly items?: FieldSchema;
  readonly additionalProperties?: FieldSchema;
  readonly "x-kubernetes-int-or-string"?: boolean;
  /** What documents say that it may be; validation is the kind's own. */
  readonly enum?: readonly string[];
};

/** The fields of one model. */
export type ModelSchema = {
  readonly type: "object";
  readonly properties: { readonly [field: string]: FieldSchema };
  readonly required?: readonly string[];
};

const models = new Map(Object.entries(schemas as { readonly [name: string]: ModelSchema }));

/** Every model by name (`V1Pod`), stable versions only. */
export const allModels = (): ReadonlyMap<string, ModelSchema> => models;

/** The schema of a model. Throws: when there is no such model, which is a mistake in the table of kinds. */
export const modelSchema = (name: string): ModelSchema => {
  const model = models.get(name);
  if (model === undefined) throw new Error(`there is no model ${name}`);
  return model;
};

/** The model a field leads to, itself, as the items of its list or as the values of its map; undefined when it leads to none. */
export const referredModel = (schema: FieldSchema | undefined): string | undefined =>
  schema === undefined ? undefined : (schema.$ref ?? referredModel(schema.items ?? schema.additionalProperties));

const NAME = /^([A-Z][a-z]+)?V(\d+(?:(?:alpha|beta)\d+)?)([A-Z].*)$/;

/**
 * A model's name taken apart: `CoreV1Event` is group word `Core`, version `v1`, kind `Event`. Most names have no group word,
 * and what belongs to no group (`VersionInfo`) has no version either.
 */
export const modelParts = (model: string): { readonly groupWord: string | undefined; readonly version: string; readonly kind: string } => {
  const [, groupWord, version, kind = model] = NAME.exec(model) ?? [];
  return { groupWord, version: version === undefined ? "" : `v${version}`, kind };
};

// A document of OpenAPI v2 as one of v3, for servers that are too old to write the newer form. Pure.
// upstream: kube-openapi/pkg/openapiconv/convert.go
import { isJsonObject, type JsonObject } from "#api/meta/json.ts";

const PLACES: readonly (readonly [before: string, after: string])[] = [
  ["#/definitions/", "#/components/schemas/"],
  ["#/parameters/", "#/components/parameters/"],
];

const redirected = (reference: unknown): unknown => {
  if (typeof reference !== "string") return reference;
  const place = PLACES.find(([before]) => reference.startsWith(before));
  return place === undefined ? reference : place[1] + reference.slice(place[0].length);
};

const eachOf = (object: unknown, change: (value: JsonObject) => JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(isJsonObject(object) ? object : {}).map(([key, value]) => [key, isJsonObject(value) ? change(value) : value]),
  );

const listOf = (list: unknown): readonly JsonObject[] => (Array.isArray(list) ? list.filter(isJsonObject) : []);

const single = (value: unknown): unknown => (isJsonObject(value) ? schemaOf(value) : value);

/** What stands beside a reference counts only when the reference is wrapped. */
const schemaOf = (schema: JsonObject): JsonObject => {
  const { $ref, properties, items, additionalProperties, ...rest } = schema;
  const own = {
    ...rest,
    ...(properties === undefined ? {} : { properties: eachOf(properties, schemaOf) }),
    ...(items === undefined ? {} : { items: single(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: single(additionalProperties) }),
  };
  if ($ref === undefined) return own;
  const reference = { $ref: redirected($ref) };
  return Object.keys(own).length === 0 ? reference : { ...own, allOf: [reference] };
};

const SIMPLE: ReadonlySet<string> = new Set(["type", "format", "uniqueItems", "items", "collectionFormat", "default", "enum"]);

const parameterOf = (parameter: JsonObject): JsonObject => {
  if (parameter["$ref"] !== undefined) return { $ref: redirected(parameter["$ref"]) };
  const rest = Object.fromEntries(Object.entries(parameter).filter(([key]) => !SIMPLE.has(key)));
  const { type, format, uniqueItems } = parameter;
  return { ...rest, schema: parameter["schema"] === undefined ? { type, format, uniqueItems } : single(parameter["schema"]) };
};

const contentOf = (types: unknown, schema: unknown): JsonObject =>
  Object.fromEntries((Array.isArray(types) ? types : []).map((type: unknown) => [String(type), { schema: single(schema) }]));

const isBody = (parameter: JsonObject): boolean => parameter["in"] === "body";

const operationOf = (operation: JsonObject): JsonObject => {
  const { consumes, produces, schemes: _schemes, parameters, responses, ...rest } = operation;
  const body = listOf(parameters).find(isBody);
  const others = listOf(parameters).filter((parameter) => !isBody(parameter));
  return {
    ...rest,
    ...(others.length === 0 ? {} : { parameters: others.map(parameterOf) }),
    ...(body === undefined ? {} : { requestBody: { content: contentOf(consumes, body["schema"]), required: body["required"] } }),
    responses: eachOf(responses, ({ schema, ...response }) => ({
      ...response,
      ...(schema === undefined ? {} : { content: contentOf(produces, schema) }),
    })),
  };
};

const pathOf = ({ parameters, ...operations }: JsonObject): JsonObject => ({
  ...eachOf(operations, operationOf),
  ...(parameters === undefined ? {} : { parameters: listOf(parameters).map(parameterOf) }),
});

/** The document in the newer form. */
export const openapiV3Of = ({ info, paths, definitions, parameters }: JsonObject): JsonObject => ({
  openapi: "3.0.0",
  info: info ?? {},
  paths: eachOf(paths, pathOf),
  components: { schemas: eachOf(definitions, schemaOf), parameters: eachOf(parameters, parameterOf) },
});

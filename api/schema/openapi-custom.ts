// The schemas of kinds that bring their own, as OpenAPI documents write them.
// upstream: apiextensions-apiserver/pkg/controller/openapi/{builder/builder.go,v2/conversion.go}
import type { Kind } from "#api/kind.ts";
import { isJsonObject, type JsonObject } from "#api/meta/json.ts";
import { schemaRef } from "./openapi-schemas.ts";

type Style = { readonly version: 2 | 3; readonly nameOf: (model: string) => string };

/** The name of the list of such a kind. */
export const customListModel = ({ model }: Pick<Kind, "model">): string => `${model}List`;

const TYPE = { apiVersion: { type: "string" }, kind: { type: "string" } };

/** What the old document cannot say is left out: there a field may be more than it tells, never less. */
const forVersion2 = (schema: JsonObject): JsonObject => {
  const { nullable, oneOf: _oneOf, anyOf: _anyOf, allOf: _allOf, not: _not, default: _default, properties, ...rest } = schema;
  const isOpen = rest["x-kubernetes-preserve-unknown-fields"] === true || nullable === true;
  const { items, additionalProperties, type, ...others } = rest;
  return {
    ...others,
    ...(isOpen ? {} : { type }),
    ...(isOpen || !isJsonObject(properties) ? {} : { properties: mapValues(properties, forVersion2) }),
    ...(isJsonObject(items) ? { items: forVersion2(items) } : {}),
    ...(isJsonObject(additionalProperties) ? { additionalProperties: forVersion2(additionalProperties) } : {}),
  };
};

const mapValues = (of: JsonObject, change: (schema: JsonObject) => JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(of).map(([key, value]) => [key, isJsonObject(value) ? change(value) : value]));

const wholeSchema = (kind: Kind, schema: JsonObject, { version, nameOf }: Style): JsonObject => {
  const own = version === 2 ? forVersion2(schema) : schema;
  const properties = { ...TYPE, metadata: schemaRef(version, nameOf("V1ObjectMeta")) };
  const isOpen = own["type"] === undefined;
  return {
    ...own,
    ...(isOpen ? {} : { properties: { ...(own["properties"] as JsonObject | undefined), ...properties } }),
    "x-kubernetes-group-version-kind": [{ group: kind.group, version: kind.version, kind: kind.kind }],
  };
};

const listSchema = (kind: Kind, { version, nameOf }: Style): JsonObject => ({
  description: `${kind.listKind} is a list of ${kind.kind}`,
  type: "object",
  required: ["items"],
  properties: {
    ...TYPE,
    metadata: schemaRef(version, nameOf("V1ListMeta")),
    items: { type: "array", items: schemaRef(version, kind.model) },
  },
  "x-kubernetes-group-version-kind": [{ group: kind.group, version: kind.version, kind: kind.listKind }],
});

/** The schemas of these kinds and of their lists, by name. */
export const customSchemas = (kinds: readonly Kind[], style: Style): JsonObject =>
  Object.fromEntries(
    kinds.flatMap((kind) =>
      kind.schema === undefined
        ? []
        : [
            [kind.model, wholeSchema(kind, kind.schema, style)],
            [customListModel(kind), listSchema(kind, style)],
          ],
    ),
  );

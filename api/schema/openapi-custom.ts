// The schemas of kinds that bring their own, as OpenAPI documents write them.
// upstream: apiextensions-apiserver/pkg/controller/openapi/{builder/builder.go,v2/conversion.go}
import type { Kind } from "#api/kind.ts";
import { isJsonObject, type JsonObject } from "#api/meta/json.ts";
import { docOf } from "../meta/docs.ts";
import { schemaRef } from "./openapi-schemas.ts";

type Style = { readonly version: 2 | 3; readonly nameOf: (model: string) => string };

/** upstream: builder.go addTypeMetaProperties */
const TYPE: JsonObject = Object.fromEntries(
  ["apiVersion", "kind"].map((field) => [field, { type: "string", description: docOf("V1ConfigMap", field) }]),
);

const METADATA = docOf("V1ConfigMap", "metadata");

/** upstream: builder.go buildListSchema */
const LIST_METADATA =
  "Standard list metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds";

/** A reference beside what is said of the field; OpenAPI 3.0 ignores what stands beside a reference, so there it is wrapped. */
const described = (version: 2 | 3, ref: JsonObject, description: string): JsonObject =>
  version === 3 ? { allOf: [ref], description } : { ...ref, description };

/** What every object has, and every object within one. */
const identity = ({ version, nameOf }: Style): JsonObject => ({
  ...TYPE,
  metadata: described(version, schemaRef(version, nameOf("V1ObjectMeta")), METADATA),
});

/** The name of the list of such a kind. */
export const customListModel = ({ model }: Pick<Kind, "model">): string => `${model}List`;

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

/** The schema with what objects within it have. upstream: builder.go addEmbeddedProperties */
const withEmbedded = (schema: JsonObject, style: Style): JsonObject => {
  const { properties, items, additionalProperties } = schema;
  const inner = (value: JsonObject): JsonObject => withEmbedded(value, style);
  const own = isJsonObject(properties) ? mapValues(properties, inner) : undefined;
  const isObject = schema["x-kubernetes-embedded-resource"] === true && schema["type"] !== undefined;
  return {
    ...schema,
    ...(own === undefined && !isObject ? {} : { properties: { ...own, ...(isObject ? identity(style) : {}) } }),
    ...(isJsonObject(items) ? { items: inner(items) } : {}),
    ...(isJsonObject(additionalProperties) ? { additionalProperties: inner(additionalProperties) } : {}),
  };
};

const wholeSchema = (kind: Kind, schema: JsonObject, style: Style): JsonObject => {
  const own = style.version === 2 ? forVersion2(schema) : schema;
  // what the old document does not say a type for has no properties either: kubectl would take them for all that there are
  const whole = own["type"] === undefined ? own : { ...own, "x-kubernetes-embedded-resource": true };
  const { "x-kubernetes-embedded-resource": _embedded, ...written } = withEmbedded(whole, style);
  return { ...written, "x-kubernetes-group-version-kind": [{ group: kind.group, version: kind.version, kind: kind.kind }] };
};

const listSchema = (kind: Kind, { version, nameOf }: Style): JsonObject => ({
  description: `${kind.listKind} is a list of ${kind.kind}`,
  type: "object",
  required: ["items"],
  properties: {
    ...TYPE,
    metadata: described(version, schemaRef(version, nameOf("V1ListMeta")), LIST_METADATA),
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

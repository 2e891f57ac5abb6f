// Whether a schema is structural: every field has a type, so that what is unknown can be told from what is known.
// upstream: apiextensions-apiserver/pkg/apiserver/schema/{validation,complete}.go
import { patternFault } from "../cel/library/regex.ts";
import { forbiddenField, invalidValue, required } from "../meta/field-error.ts";
import type { FieldError } from "../meta/status.ts";
import { below, combinedSchemas, innerSchemas, isEmbedded, itemsOf, keepsUnknown, propertyOf, type Schema } from "./schema.ts";

type Errors = Iterable<FieldError>;

const text = ({ field, message }: FieldError): string => `${field}: ${message}`;

/** What keeps the schema from being structural, in the order of the texts. */
export const structuralErrors = (schema: Schema, path: string): readonly FieldError[] =>
  [...nodeErrors(schema, path, "root")].toSorted((a, b) => (text(a) < text(b) ? -1 : 1));

type Place = "root" | "field" | "item";

function* nodeErrors(schema: Schema, path: string, place: Place): Errors {
  yield* typeErrors(schema, path, place);
  yield* extensionErrors(schema, path);
  if (schema.type === "array" && itemsOf(schema) === undefined) yield required(below(path, "items"), "must be specified");
  if (place === "root" && schema.additionalProperties !== undefined) {
    yield forbiddenField(below(path, "additionalProperties"), "must not be used at the root");
  }
  yield* objectErrors(schema, path, place);
  yield* patternErrors(schema, path);
  yield* childErrors(schema, path);
  yield* combinedErrors(schema, path);
}

function* patternErrors({ pattern = "" }: Schema, path: string): Errors {
  const fault = patternFault(pattern);
  if (fault !== undefined) yield invalidValue(below(path, "pattern"), pattern, `must be a valid regular expression, but isn't: ${fault}`);
}

const UNTYPED: { readonly [place in Place]: string } = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

const EMBEDDED = "must be object if x-kubernetes-embedded-resource is true";

function* typeErrors(schema: Schema, path: string, place: Place): Errors {
  const { type } = schema;
  const at = below(path, "type");
  if (type === undefined) yield* untypedErrors(schema, at, place);
  else if (isEmbedded(schema) && type !== "object") yield invalidValue(at, type, EMBEDDED);
  if (place === "root" && type !== undefined && type !== "object") yield invalidValue(at, type, "must be object at the root");
  if (type !== undefined && schema["x-kubernetes-int-or-string"] === true)
    yield forbiddenField(at, "must be empty if x-kubernetes-int-or-string is true");
}

const untypedErrors = (schema: Schema, at: string, place: Place): readonly FieldError[] => {
  if (isEmbedded(schema)) return [required(at, EMBEDDED)];
  return schema["x-kubernetes-int-or-string"] === true || keepsUnknown(schema) ? [] : [required(at, UNTYPED[place])];
};

function* extensionErrors(schema: Schema, path: string): Errors {
  if (schema["x-kubernetes-int-or-string"] !== true) return;
  for (const extension of ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] as const) {
    if (schema[extension] === true) yield invalidValue(below(path, extension), true, "must be false if x-kubernetes-int-or-string is true");
  }
}

/** What a whole object of Kubernetes must not say of itself. */
function* objectErrors(schema: Schema, path: string, place: Place): Errors {
  const isWhole = place === "root" || isEmbedded(schema);
  const at = (name: string): string => `${below(path, "properties")}[${name}]`;
  const wanted = [
    ["kind", "string"],
    ["apiVersion", "string"],
    ["metadata", "object"],
  ] as const;
  for (const [name, type] of isWhole ? wanted : []) {
    const property = propertyOf(schema, name);
    if (property !== undefined && property.type !== type)
      yield invalidValue(below(at(name), "type"), property.type ?? "", `must be ${type}`);
  }
  if (place === "root") yield* metadataErrors(propertyOf(schema, "metadata"), at("metadata"));
  if (isEmbedded(schema)) yield* embeddedErrors(schema, path);
}

/** The names of an object may be restricted, and nothing else of its metadata. */
const metadataErrors = (metadata: Schema | undefined, path: string): readonly FieldError[] => {
  const { type: _type, properties = {}, default: _default, ...others } = metadata ?? {};
  const isPlain = Object.keys(others).length === 0 && Object.keys(properties).every((name) => name === "name" || name === "generateName");
  return isPlain
    ? []
    : [forbiddenField(path, "must not specify anything other than name and generateName, but metadata is implicitly specified")];
};

function* embeddedErrors(schema: Schema, path: string): Errors {
  if (schema.additionalProperties !== undefined)
    yield forbiddenField(below(path, "additionalProperties"), "must not be used if x-kubernetes-embedded-resource is set");
  if (!keepsUnknown(schema) && Object.keys(schema.properties ?? {}).length === 0) {
    yield required(
      below(path, "properties"),
      "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
    );
  }
}

function* childErrors(schema: Schema, path: string): Errors {
  for (const { schema: child, path: at } of innerSchemas(schema, path))
    yield* nodeErrors(child, at, child === itemsOf(schema) ? "item" : "field");
}

const EITHER = [{ type: "integer" }, { type: "string" }];

const isEither = (schemas: readonly Schema[] | undefined): boolean =>
  schemas?.length === 2 && schemas.every((one, index) => one.type === EITHER[index]?.type && Object.keys(one).length === 1);

/** What gives structure, and what must be said of it outside. upstream: validateNestedValueValidation */
const STRUCTURE = {
  type: "empty",
  additionalProperties: "undefined",
  default: "undefined",
  title: "empty",
  description: "empty",
  nullable: "false",
  externalDocs: "undefined",
  "x-kubernetes-preserve-unknown-fields": "false",
  "x-kubernetes-embedded-resource": "false",
  "x-kubernetes-int-or-string": "false",
  "x-kubernetes-list-map-keys": "empty",
  "x-kubernetes-list-type": "undefined",
  "x-kubernetes-map-type": "undefined",
  "x-kubernetes-validations": "empty",
} as const;

// Below allOf and its like a schema judges values only: what gives structure stands outside.
function* combinedErrors(schema: Schema, path: string, outer = schema): Errors {
  for (const { schema: one, path: at } of combinedSchemas(withoutEither(schema), path)) yield* valueErrors(one, at, outer);
}

/** The schema without the two ways to say that a value is a number or a text, for which a type may stand inside. */
const withoutEither = (schema: Schema): Schema => {
  const { allOf: [first, ...others] = [] } = schema;
  const isFirst = first !== undefined && isEither(first.anyOf);
  return {
    ...schema,
    ...(isEither(schema.anyOf) ? { anyOf: [] } : {}),
    ...(isFirst ? { allOf: [{ ...first, anyOf: [] }, ...others] } : {}),
  };
};

function* valueErrors(schema: Schema, path: string, outer: Schema): Errors {
  yield* structureErrors(schema, path);
  yield* patternErrors(schema, path);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const at = `${below(path, "properties")}[${name}]`;
    if (name === "metadata") yield forbiddenField(at, "must not be specified in a nested context");
    yield* outsideErrors({ inner: property, at, same: propertyOf(outer, name), outside: `${outsideOf(path)}.properties[${name}]` });
  }
  const items = itemsOf(schema);
  if (items !== undefined)
    yield* outsideErrors({ inner: items, at: below(path, "items"), same: itemsOf(outer), outside: `${outsideOf(path)}.items` });
  yield* combinedErrors(schema, path, outer);
}

function* structureErrors(schema: Schema, path: string): Errors {
  for (const [word, wanted] of Object.entries(STRUCTURE)) {
    const value = schema[word as keyof typeof STRUCTURE];
    if (value !== undefined && value !== false && value !== "")
      yield forbiddenField(below(path, word), `must be ${wanted} to be structural`);
  }
}

/** A schema inside what combines, and the one that says the same place's structure. */
type Nested = { readonly inner: Schema; readonly at: string; readonly same: Schema | undefined; readonly outside: string };

function* outsideErrors({ inner, at, same, outside }: Nested): Errors {
  if (same === undefined) yield required(outside, `because it is defined in ${at}`);
  else yield* valueErrors(inner, at, same);
}

/** The path without what combines. */
const outsideOf = (path: string): string => path.replaceAll(/\.(allOf|anyOf|oneOf)\[\d+\]|\.not(?=\.|$)/g, "");

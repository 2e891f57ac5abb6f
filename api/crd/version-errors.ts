// What may be wrong with the versions of a CustomResourceDefinition.
// upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go
import type { V1CustomResourceDefinitionSpec, V1CustomResourceDefinitionVersion } from "../generated/types.ts";
import { broken, each, isEmpty } from "../meta/check.ts";
import { deepEqual } from "../meta/equal.ts";
import { duplicate, invalidValue, required } from "../meta/field-error.ts";
import { dns1035Label } from "../meta/names.ts";
import type { FieldError } from "../meta/status.ts";
import { parseJsonPath, simplePath } from "./json-path.ts";
import { propertyOf, type Schema } from "./schema.ts";
import { schemaDefinitionErrors } from "./schema-errors.ts";
import { statusRootErrors } from "./status-root.ts";

type Errors = Iterable<FieldError>;

const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];

/** Every field of the versions that is wrong. */
export function* versionErrors({ versions }: V1CustomResourceDefinitionSpec): Errors {
  for (const [{ schema }, path] of each("spec.versions", versions)) {
    if (schema?.openAPIV3Schema === undefined) yield required(`${path}.schema.openAPIV3Schema`, "schemas are required");
  }
  const parts = PARTS.map((part) => ({ part, isShared: isShared(versions, part) }));
  for (const [version, path] of each("spec.versions", versions)) {
    const { name = "" } = version;
    yield* broken(`${path}.name`, name, dns1035Label(name));
    yield* deprecationErrors(version, `${path}.deprecationWarning`);
    for (const { part, isShared: shared } of parts) if (!shared) yield* part.errors(version, path + part.own, hasStatus(version));
  }
  yield* allErrors(versions);
}

/** Every field that is wrong and that all versions share, which is told once. */
export function* sharedErrors({ versions: [first, ...others] }: V1CustomResourceDefinitionSpec): Errors {
  if (first === undefined) return;
  const versions = [first, ...others];
  for (const part of PARTS) if (isShared(versions, part)) yield* part.errors(first, `spec${part.shared}`, versions.some(hasStatus));
}

const hasStatus = ({ subresources }: V1CustomResourceDefinitionVersion): boolean => subresources?.status !== undefined;

/** A part of a version. What is the same in all versions stands above them. upstream: apiextensions/v1/conversion.go */
type Part = {
  readonly of: "schema" | "subresources" | "additionalPrinterColumns" | "selectableFields";
  readonly own: string;
  readonly shared: string;
  readonly errors: (version: V1CustomResourceDefinitionVersion, path: string, withStatus: boolean) => Errors;
};

const PARTS: readonly Part[] = [
  { of: "schema", own: ".schema", shared: ".validation", errors: validationErrors },
  { of: "subresources", own: ".subresources", shared: ".subresources", errors: scaleErrors },
  { of: "additionalPrinterColumns", own: ".additionalPrinterColumns", shared: ".additionalPrinterColumns", errors: columnErrors },
  { of: "selectableFields", own: ".selectableFields", shared: ".selectableFields", errors: selectableErrors },
];

const isShared = ([first, ...others]: readonly V1CustomResourceDefinitionVersion[], { of }: Part): boolean =>
  others.every((other) => deepEqual(first?.[of], other[of]));

function* allErrors(versions: readonly V1CustomResourceDefinitionVersion[]): Errors {
  if (new Set(versions.map(({ name }) => name)).size < versions.length)
    yield invalidValue("spec.versions", versions, "must contain unique version names");
  if (versions.filter(({ storage }) => storage).length !== 1)
    yield invalidValue("spec.versions", versions, "must have exactly one version marked as storage version");
}

const MAX_WARNING = 256;

function* deprecationErrors({ deprecated, deprecationWarning }: V1CustomResourceDefinitionVersion, path: string): Errors {
  if (deprecationWarning === undefined) return;
  const wrong = (why: string): FieldError => invalidValue(path, deprecationWarning, why);
  if (deprecated !== true) yield wrong("can only be set for deprecated versions");
  else if (deprecationWarning === "") yield wrong("must not be an empty string");
  else if (deprecationWarning.length > MAX_WARNING) yield wrong(`must be <= ${MAX_WARNING} characters long`);
}

function* validationErrors({ schema }: V1CustomResourceDefinitionVersion, above: string, withStatus: boolean): Errors {
  const root = schema?.openAPIV3Schema;
  if (root === undefined) return;
  const path = `${above}.openAPIV3Schema`;
  if (withStatus) yield* statusRootErrors(root, path);
  yield* schemaDefinitionErrors(root, path);
}

function* columnErrors({ additionalPrinterColumns }: V1CustomResourceDefinitionVersion, path: string): Errors {
  for (const [{ name, type, jsonPath }, at] of each(path, additionalPrinterColumns)) {
    if (isEmpty(name)) yield required(`${at}.name`);
    if (isEmpty(type)) yield required(`${at}.type`, `must be one of ${COLUMN_TYPES.join(",")}`);
    else if (!COLUMN_TYPES.includes(type)) yield invalidValue(`${at}.type`, type, `must be one of ${COLUMN_TYPES.join(",")}`);
    if (isEmpty(jsonPath)) yield required(`${at}.JSONPath`);
    else if (parseJsonPath(jsonPath) === undefined) yield invalidValue(`${at}.JSONPath`, jsonPath, "illegal JSON path");
  }
}

const SELECTABLE_TYPES =
  "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed";
const SELECTABLE: ReadonlySet<string> = new Set(["string", "integer", "boolean"]);

function* selectableErrors(
  { selectableFields, schema: { openAPIV3Schema: schema = {} } = {} }: V1CustomResourceDefinitionVersion,
  path: string,
): Errors {
  const seen = new Set<string>();
  for (const [{ jsonPath }, at] of each(path, selectableFields)) {
    if (isEmpty(jsonPath)) yield required(`${at}.jsonPath`);
    else if (seen.has(jsonPath)) yield duplicate(`${at}.jsonPath`, jsonPath);
    else yield* selectablePath(`${at}.jsonPath`, jsonPath, schema);
    seen.add(jsonPath);
  }
}

function* selectablePath(path: string, text: string, schema: Schema): Errors {
  const names = simplePath(text) ?? [];
  const found = names.reduce<Schema | undefined>((of, name) => (of === undefined ? undefined : propertyOf(of, name)), schema);
  if (names[0] === "metadata") yield invalidValue(path, text, "must not point to fields in metadata");
  else if (names.length === 0 || found === undefined) yield invalidValue(path, text, "is an invalid path: does not refer to a valid field");
  else if (!SELECTABLE.has(found.type ?? "")) yield invalidValue(path, text, SELECTABLE_TYPES);
}

function* scaleErrors({ subresources }: V1CustomResourceDefinitionVersion, above: string): Errors {
  const path = `${above}.scale`;
  const scale = subresources?.scale;
  if (scale === undefined) return;
  const fields = [
    ["specReplicasPath", "spec"],
    ["statusReplicasPath", "status"],
    ["labelSelectorPath", undefined],
  ] as const;
  for (const [field, root] of fields) {
    const text = scale[field];
    if (isEmpty(text)) {
      if (field !== "labelSelectorPath") yield required(`${path}.${field}`);
      continue;
    }
    const names = simplePath(text);
    if (names === undefined) yield invalidValue(`${path}.${field}`, text, "should be a valid json path, without array notation");
    else if (root !== undefined && names[0] !== root) yield invalidValue(`${path}.${field}`, text, `should be a json path under .${root}`);
  }
}

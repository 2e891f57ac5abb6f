// What may be wrong with the versions of a CustomResourceDefinition.
// upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go
import type { V1CustomResourceDefinitionSpec, V1CustomResourceDefinitionVersion } from "../generated/types.ts";
import { each, isEmpty, neededAs } from "../meta/check.ts";
import { duplicate, invalidValue, required } from "../meta/field-error.ts";
import { dns1035Label } from "../meta/names.ts";
import type { FieldError } from "../meta/status.ts";
import { parseJsonPath, simplePath } from "./json-path.ts";
import { ruleDefinitionErrors } from "./rule-definitions.ts";
import { propertyOf, type Schema } from "./schema.ts";
import { structuralErrors } from "./structural.ts";

type Errors = Iterable<FieldError>;

const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];

/** Every field of the versions that is wrong. */
export function* versionErrors({ versions }: V1CustomResourceDefinitionSpec): Errors {
  if (versions.length === 0) yield required("spec.versions", "must have at least one version");
  const names = versions.map(({ name }) => name);
  for (const [version, path, at] of each("spec.versions", versions)) {
    yield* neededAs(`${path}.name`, version.name, dns1035Label);
    if (names.indexOf(version.name) < at) yield duplicate(`${path}.name`, version.name);
    yield* oneVersionErrors(version, path);
  }
  if (versions.length > 0 && versions.filter(({ storage }) => storage).length !== 1) {
    yield invalidValue("spec.versions", versions, "must have exactly one version marked as storage version");
  }
}

function* oneVersionErrors(version: V1CustomResourceDefinitionVersion, path: string): Errors {
  const schema = version.schema?.openAPIV3Schema;
  if (schema === undefined) yield required(`${path}.schema.openAPIV3Schema`, "schemas are required");
  else yield* schemaErrors(schema, `${path}.schema.openAPIV3Schema`);
  if (!isEmpty(version.deprecationWarning) && version.deprecated !== true) {
    yield invalidValue(`${path}.deprecationWarning`, version.deprecationWarning, "can only be set for deprecated versions");
  }
  yield* columnErrors(version, path);
  yield* selectableErrors(version, path, schema ?? {});
  yield* scaleErrors(version, `${path}.subresources.scale`);
}

/** Rules are about fields, so there must be a structure first. */
function* schemaErrors(schema: Schema, path: string): Errors {
  const errors = [...structuralErrors(schema, path)];
  yield* errors.length > 0 ? errors : ruleDefinitionErrors(schema, path);
}

function* columnErrors({ additionalPrinterColumns }: V1CustomResourceDefinitionVersion, path: string): Errors {
  for (const [{ name, type, jsonPath }, at] of each(`${path}.additionalPrinterColumns`, additionalPrinterColumns)) {
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

function* selectableErrors({ selectableFields }: V1CustomResourceDefinitionVersion, path: string, schema: Schema): Errors {
  const seen = new Set<string>();
  for (const [{ jsonPath }, at] of each(`${path}.selectableFields`, selectableFields)) {
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

function* scaleErrors({ subresources }: V1CustomResourceDefinitionVersion, path: string): Errors {
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

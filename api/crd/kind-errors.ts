// What is wrong with a custom resource, and what its writer is told beside.
// upstream: apiextensions-apiserver/pkg/registry/customresource/{strategy,validator}.go
import type { V1CustomResourceDefinitionVersion, V1CustomResourceSubresourceScale } from "../generated/types.ts";
import { invalidValue } from "../meta/field-error.ts";
import { goKind } from "../meta/json.ts";
import { qualifiedName } from "../meta/names.ts";
import type { KubeObject } from "../meta/object.ts";
import type { FieldError } from "../meta/status.ts";
import { STANDARD_FINALIZERS } from "../meta/validate-meta.ts";
import { simplePath, valueAt } from "./json-path.ts";
import { ruleTree } from "./rule-programs.ts";
import { ruleErrors } from "./rules.ts";
import { schemaOf, type Schema } from "./schema.ts";
import { schemaErrors } from "./validate.ts";

/** What keeps an object's rules from being checked. */
const BLOCKING: ReadonlySet<string> = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

const UNCHECKED: FieldError = {
  reason: "FieldValueInvalid",
  field: "<nil>",
  message:
    'Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

const rulesOr = (found: readonly FieldError[], schema: Schema, judge: () => readonly FieldError[]): readonly FieldError[] => {
  if (!found.some(({ reason }) => BLOCKING.has(reason))) return judge();
  return ruleTree(schema) !== undefined ? [UNCHECKED] : [];
};

/** Every mistake of an object of this version. `old`: the object before the change; undefined: it is new. */
export const customErrors = (version: V1CustomResourceDefinitionVersion) => {
  const schema = schemaOf(version);
  return (object: KubeObject, old: KubeObject | undefined): readonly FieldError[] => {
    const found = [...schemaErrors(object, schema, "", old), ...scaleErrors(object, version.subresources?.scale)];
    return [...found, ...rulesOr(found, schema, () => ruleErrors(object, old, schema))];
  };
};

const MOST_REPLICAS = 2 ** 31 - 1;

const scaleErrors = (object: KubeObject, scale: V1CustomResourceSubresourceScale | undefined): readonly FieldError[] =>
  scale === undefined
    ? []
    : [
        ...replicaErrors(object, scale.specReplicasPath),
        ...replicaErrors(object, scale.statusReplicasPath),
        ...selectorErrors(object, scale.labelSelectorPath ?? ""),
      ];

const at = (object: KubeObject, path: string): unknown => valueAt(object, simplePath(path) ?? [""]);

const replicaErrors = (object: KubeObject, path: string): readonly FieldError[] => {
  const replicas = at(object, path);
  if (replicas === undefined) return [];
  if (typeof replicas !== "number") return [invalidValue(path, 0, accessorError(path, replicas, "int64"))];
  if (replicas < 0) return [invalidValue(path, replicas, "should be a non-negative integer")];
  return replicas > MOST_REPLICAS ? [invalidValue(path, replicas, `should be less than or equal to ${MOST_REPLICAS}`)] : [];
};

const selectorErrors = (object: KubeObject, path: string): readonly FieldError[] => {
  const selector = at(object, path);
  return selector === undefined || typeof selector === "string" ? [] : [invalidValue(path, "", accessorError(path, selector, "string"))];
};

/** upstream: unstructured.NestedInt64, NestedString */
const accessorError = (path: string, value: unknown, wanted: string): string =>
  `${path} accessor error: ${value === null ? "<nil>" : JSON.stringify(value)} is of the type ${goKind(value)}, expected ${wanted}`;

/** What is odd about the finalizers that a write adds. upstream: generateWarningsFromObj */
export const finalizerWarnings = ({ metadata }: KubeObject, old: KubeObject | undefined): readonly string[] => {
  const before = new Set(old?.metadata?.finalizers);
  const added = (metadata?.finalizers ?? []).filter((finalizer) => !before.has(finalizer));
  return [...new Set(added)].toSorted().flatMap((finalizer) => {
    const isBare = !finalizer.includes("/") && !STANDARD_FINALIZERS.has(finalizer);
    return [...qualifiedName(finalizer), ...(isBare ? [PREFER_A_DOMAIN] : [])].map(
      (why) => `metadata.finalizers: ${JSON.stringify(finalizer)}: ${why}`,
    );
  });
};

const PREFER_A_DOMAIN =
  "prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers";

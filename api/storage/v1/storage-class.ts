import { defaultMark } from "./default-class.ts";
import type { V1StorageClass, V1TopologySelectorTerm } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { each, neededAs, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { deepEqual } from "#api/meta/equal.ts";
import { docOf } from "#api/meta/docs.ts";
import { duplicate, forbiddenField, invalidValue, notSupported, required, tooLong } from "#api/meta/field-error.ts";
import { qualifiedName } from "#api/meta/names.ts";
import { utf8Bytes } from "#api/meta/size.ts";
import { labelNameErrors } from "#api/meta/validate-meta.ts";

export type StorageClass = V1StorageClass;

const MAX_PARAMETERS = 512;
const MAX_PARAMETERS_BYTES = 256 * 1024;
const RECLAIM_POLICIES = ["Delete", "Retain"];
const BINDING_MODES = ["Immediate", "WaitForFirstConsumer"];

/** upstream: pkg/apis/storage/validation/validation.go validateParameters */
export function* checkParameters(path: string, parameters: { readonly [name: string]: string } | undefined, isNeeded: boolean): Check {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > MAX_PARAMETERS) yield tooLong(path, MAX_PARAMETERS);
  if (entries.some(([name]) => name === "")) yield invalidValue(path, "", "field can not be empty.");
  const bytes = entries.reduce((sum, [name, value]) => sum + utf8Bytes(name) + utf8Bytes(value), 0);
  if (bytes > MAX_PARAMETERS_BYTES) yield tooLong(path, MAX_PARAMETERS_BYTES);
  if (isNeeded && entries.length === 0) yield required(path, "must contain at least one key/value pair");
}

function* checkTerm(path: string, { matchLabelExpressions }: V1TopologySelectorTerm): Check {
  if ((matchLabelExpressions ?? []).length === 0) yield required(`${path}.matchLabelExpressions`);
  const keys = new Set<string>();
  for (const [{ key, values = [] }, at] of each(`${path}.matchLabelExpressions`, matchLabelExpressions)) {
    if (values.length === 0) yield required(`${at}.values`);
    for (const [value, where, index] of each(`${at}.values`, values)) if (values.indexOf(value) < index) yield duplicate(where, value);
    yield* labelNameErrors(`${at}.key`, key);
    if (keys.has(key)) yield duplicate(`${at}.key`, key);
    keys.add(key);
  }
}

function* checkTopologies(path: string, terms: readonly V1TopologySelectorTerm[] | undefined): Check {
  for (const [term, at, index] of each(path, terms)) {
    yield* checkTerm(at, term);
    if (terms?.slice(0, index).some((other) => deepEqual(other, term)) === true) yield duplicate(`${at}.matchLabelExpressions`, "");
  }
}

function* checkNew({ provisioner, parameters, reclaimPolicy = "", volumeBindingMode, allowedTopologies }: StorageClass): Check {
  yield* neededAs("provisioner", provisioner, (text) => qualifiedName(text.toLowerCase()));
  yield* checkParameters("parameters", parameters, false);
  if (!RECLAIM_POLICIES.includes(reclaimPolicy)) yield notSupported("reclaimPolicy", reclaimPolicy, RECLAIM_POLICIES);
  if (volumeBindingMode === undefined) yield required("volumeBindingMode");
  else if (!BINDING_MODES.includes(volumeBindingMode)) yield notSupported("volumeBindingMode", volumeBindingMode, BINDING_MODES);
  yield* checkTopologies("allowedTopologies", allowedTopologies);
}

function* checkUpdate(object: StorageClass, old: StorageClass): Check {
  if (!deepEqual(object.parameters ?? {}, old.parameters ?? {})) yield forbiddenField("parameters", "updates to parameters are forbidden.");
  if (object.provisioner !== old.provisioner) yield forbiddenField("provisioner", "updates to provisioner are forbidden.");
  if (object.reclaimPolicy !== old.reclaimPolicy) yield forbiddenField("reclaimPolicy", "updates to reclaimPolicy are forbidden.");
  if (object.volumeBindingMode !== old.volumeBindingMode) {
    yield invalidValue("volumeBindingMode", object.volumeBindingMode ?? null, "field is immutable");
  }
}

const doc = (field: string): string => docOf("V1StorageClass", field);

/** StorageClasses: how volumes of a kind are made. */
export const storageClasses: Kind<StorageClass> = {
  group: "storage.k8s.io",
  version: "v1",
  resource: "storageclasses",
  kind: "StorageClass",
  namespaced: false,
  singular: "storageclass",
  listKind: "StorageClassList",
  shortNames: ["sc"],
  categories: [],
  verbs: storedVerbs,
  model: "V1StorageClass",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [
    { ...nameColumn, value: (object) => `${object.metadata?.name ?? ""}${defaultMark("storageclass", object)}` },
    column("Provisioner", "string", doc("provisioner"), ({ provisioner }) => provisioner ?? ""),
    column("ReclaimPolicy", "string", doc("reclaimPolicy"), ({ reclaimPolicy }) => reclaimPolicy ?? "Delete"),
    column("VolumeBindingMode", "string", doc("volumeBindingMode"), ({ volumeBindingMode }) => volumeBindingMode ?? "Immediate"),
    column("AllowVolumeExpansion", "boolean", doc("allowVolumeExpansion"), ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false),
    ageColumn,
  ],
  setDefaults: (draft) => {
    draft.reclaimPolicy ??= "Delete";
    draft.volumeBindingMode ??= "Immediate";
  },
  validate: (object, old) => [...(old === undefined ? checkNew(object) : checkUpdate(object, old))],
  strategy: { generation: false, returnsDeleted: true },
};

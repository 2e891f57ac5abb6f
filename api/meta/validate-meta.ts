// What every object's metadata must be. The server calls it for each write, before the kind's own `validate`, which says
// nothing of metadata. upstream: apimachinery/pkg/api/validation/objectmeta.go@v1.36
import type { V1OwnerReference } from "#api/generated/types.ts";
import { broken, each, immutable, isEmpty, nonNegative, type Check } from "./check.ts";
import { forbiddenField, invalidValue, required, tooLong } from "./field-error.ts";
import { dns1123Label, dns1123Subdomain, labelValue, maskTrailingDash, qualifiedName } from "./names.ts";
import type { KubeObject, ObjectMeta } from "./object.ts";
import { exceedsBytes } from "./size.ts";
import type { FieldError } from "./status.ts";

const MAX_ANNOTATIONS_BYTES = 256 * 1024;
const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";
/** Finalizers that need no domain. */
export const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(["kubernetes", ORPHAN, FOREGROUND]);

/** What of a kind its objects' metadata depends on. */
export type MetaRules = {
  readonly namespaced: boolean;
  readonly validName?: ((name: string) => readonly string[]) | undefined;
  readonly anyFinalizer?: boolean | undefined;
};

type Texts = { readonly [key: string]: string } | undefined;

/** Keys and values of labels. upstream: v1validation.ValidateLabels */
export function* checkLabels(path: string, labels: Texts): Check {
  for (const key in labels) {
    yield* broken(path, key, qualifiedName(key));
    yield* broken(path, labels[key], labelValue(labels[key] ?? ""));
  }
}

/** A label's key where it stands alone. upstream: v1validation.ValidateLabelName */
export const labelNameErrors = (path: string, key: string | undefined): readonly FieldError[] =>
  broken(path, key ?? "", qualifiedName(key ?? ""));

/** Keys and total size of annotations; the case of a key does not matter. upstream: ValidateAnnotations */
export function* checkAnnotations(path: string, annotations: Texts): Check {
  for (const key in annotations) yield* broken(path, key, qualifiedName(key.toLowerCase()));
  if (exceedsBytes(Object.entries(annotations ?? {}).flat(), MAX_ANNOTATIONS_BYTES)) yield tooLong(path, MAX_ANNOTATIONS_BYTES);
}

const lacksVersion = (apiVersion: string | undefined): boolean => isEmpty(apiVersion) || apiVersion.endsWith("/");

function* checkOwner(path: string, owner: V1OwnerReference): Check {
  if (lacksVersion(owner.apiVersion)) yield invalidValue(`${path}.apiVersion`, owner.apiVersion ?? "", "version must not be empty");
  for (const field of ["kind", "name", "uid"] as const) {
    if (isEmpty(owner[field])) yield invalidValue(`${path}.${field}`, "", "must not be empty");
  }
  if (owner.apiVersion === "v1" && owner.kind === "Event") {
    yield invalidValue(path, owner, "/v1, Kind=Event is disallowed from being an owner");
  }
}

function* checkOwners(path: string, owners: readonly V1OwnerReference[]): Check {
  let first = "";
  for (const owner of owners) {
    yield* checkOwner(path, owner);
    if (owner.controller !== true) continue;
    const name = `${owner.kind}/${owner.name}`;
    if (first === "") first = name;
    else {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${name}`;
      yield invalidValue(path, owners, detail);
    }
  }
}

/** A finalizer without a domain must be one that Kubernetes knows. upstream: validateKubeFinalizerName */
export function* checkKubeFinalizer(path: string, finalizer: string): Check {
  if (!finalizer.includes("/") && !STANDARD_FINALIZERS.has(finalizer)) {
    yield invalidValue(path, finalizer, "name is neither a standard finalizer name nor is it fully qualified");
  }
}

function* checkFinalizers({ anyFinalizer = false }: MetaRules, finalizers: readonly string[]): Check {
  const path = "metadata.finalizers";
  for (const finalizer of finalizers) yield* broken(path, finalizer, qualifiedName(finalizer));
  if (finalizers.includes(ORPHAN) && finalizers.includes(FOREGROUND)) {
    yield invalidValue(path, finalizers, `finalizer ${ORPHAN} and ${FOREGROUND} cannot be both set`);
  }
  if (anyFinalizer) return;
  for (const [finalizer, at] of each(path, finalizers)) yield* checkKubeFinalizer(at, finalizer);
}

function* checkName({ validName = dns1123Subdomain }: MetaRules, { name, generateName }: ObjectMeta): Check {
  if (!isEmpty(generateName)) yield* broken("metadata.generateName", generateName, validName(maskTrailingDash(generateName)));
  if (isEmpty(name)) yield required("metadata.name", "name or generateName is required");
  else yield* broken("metadata.name", name, validName(name));
}

function* checkNamespace({ namespaced }: MetaRules, { namespace }: ObjectMeta): Check {
  if (!namespaced) {
    if (!isEmpty(namespace)) yield forbiddenField("metadata.namespace", "not allowed on this type");
  } else if (isEmpty(namespace)) yield required("metadata.namespace");
  else yield* broken("metadata.namespace", namespace, dns1123Label(namespace));
}

function* checkSettable(rules: MetaRules, meta: ObjectMeta): Check {
  yield* checkLabels("metadata.labels", meta.labels);
  yield* checkAnnotations("metadata.annotations", meta.annotations);
  if (meta.ownerReferences !== undefined) yield* checkOwners("metadata.ownerReferences", meta.ownerReferences);
  if (meta.finalizers !== undefined) yield* checkFinalizers(rules, meta.finalizers);
}

function* checkCreate(rules: MetaRules, meta: ObjectMeta): Check {
  yield* checkName(rules, meta);
  yield* checkNamespace(rules, meta);
  yield* nonNegative("metadata.generation", meta.generation);
  yield* checkSettable(rules, meta);
}

function* checkNoNewFinalizers({ finalizers = [] }: ObjectMeta, old: ObjectMeta): Check {
  if (old.deletionTimestamp === undefined) return;
  const extra = finalizers.filter((finalizer) => old.finalizers?.includes(finalizer) !== true).toSorted();
  if (extra.length === 0) return;
  const list = extra.map((finalizer) => JSON.stringify(finalizer)).join(", ");
  const detail = "no new finalizers can be added if the object is being deleted, found new finalizers";
  yield forbiddenField("metadata.finalizers", `${detail} []string{${list}}`);
}

/** What an update may not change. */
const FIXED = ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] as const;

function* checkUpdate(rules: MetaRules, meta: ObjectMeta, old: ObjectMeta): Check {
  yield* checkNoNewFinalizers(meta, old);
  if (isEmpty(meta.resourceVersion)) yield invalidValue("metadata.resourceVersion", "", "must be specified for an update");
  if ((meta.generation ?? 0) < (old.generation ?? 0)) {
    yield invalidValue("metadata.generation", meta.generation ?? 0, "must not be decremented");
  }
  for (const field of FIXED) yield* immutable(`metadata.${field}`, meta[field], old[field]);
  yield* checkSettable(rules, meta);
}

/** Every error of an object's metadata: at creation, or against the object as it was. */
export const validateMeta = (rules: MetaRules, object: KubeObject, old?: KubeObject): readonly FieldError[] => {
  const meta = object.metadata ?? {};
  return [...(old === undefined ? checkCreate(rules, meta) : checkUpdate(rules, meta, old.metadata ?? {}))];
};

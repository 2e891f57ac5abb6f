import type { V1Namespace } from "#api/generated/types.ts";
import type { Kind } from "#api/kind.ts";
import { broken, each, isEmpty, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { invalidValue } from "#api/meta/field-error.ts";
import { selectable } from "#api/meta/fields.ts";
import { dns1123Label, qualifiedName } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";
import { checkKubeFinalizer } from "#api/meta/validate-meta.ts";

export type Namespace = V1Namespace;

/** The finalizer that a namespace waits for until everything in it is gone. */
export const NAMESPACE_FINALIZER = "kubernetes";
const NAME_LABEL = "kubernetes.io/metadata.name";

/** Every namespace can be selected by its name. upstream: SetDefaults_Namespace */
const labelWithName = (draft: Draft<Namespace>): void => {
  const metadata = (draft.metadata ??= {});
  if (!isEmpty(metadata.name)) metadata.labels = { ...metadata.labels, [NAME_LABEL]: metadata.name };
};

const setDefaults = (draft: Draft<Namespace>): void => {
  labelWithName(draft);
  if (draft.status !== undefined) draft.status.phase ||= "Active";
};

const prepareForCreate = (draft: Draft<Namespace>): void => {
  labelWithName(draft);
  draft.status = { phase: "Active" };
  const finalizers = draft.spec?.finalizers ?? [];
  draft.spec = { finalizers: finalizers.includes(NAMESPACE_FINALIZER) ? finalizers : [...finalizers, NAMESPACE_FINALIZER] };
};

/** Finalizers change through `finalize` alone, which changes nothing else of spec and status. */
const prepareForUpdate = (draft: Draft<Namespace>, old: Namespace, subresource: string): void => {
  if (subresource === "finalize") draft.status = structuredClone(old.status ?? {}) as NonNullable<Draft<Namespace>["status"]>;
  else draft.spec = { finalizers: [...(old.spec?.finalizers ?? [])] };
};

function* checkFinalizers({ spec }: Namespace): Check {
  for (const [finalizer, at] of each("spec.finalizers", spec?.finalizers)) {
    yield* broken(at, finalizer, qualifiedName(finalizer));
    yield* checkKubeFinalizer(at, finalizer);
  }
}

function* checkPhase({ metadata, status }: Namespace): Check {
  const phase = status?.phase ?? "";
  if (metadata?.deletionTimestamp === undefined) {
    if (phase !== "Active") yield invalidValue("status.Phase", phase, "may only be 'Active' if `deletionTimestamp` is empty");
  } else if (phase !== "Terminating") {
    yield invalidValue("status.Phase", phase, "may only be 'Terminating' if `deletionTimestamp` is not empty");
  }
}

/** Namespaces: the scopes that names are unique in. */
export const namespaces: Kind<Namespace> = {
  group: "",
  version: "v1",
  resource: "namespaces",
  kind: "Namespace",
  namespaced: false,
  singular: "namespace",
  listKind: "NamespaceList",
  shortNames: ["ns"],
  categories: [],
  verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
  model: "V1Namespace",
  bucket: "objects",
  status: true,
  subresources: { finalize: { verbs: ["update"], group: "", version: "v1", kind: "Namespace", model: "V1Namespace" } },
  fields: selectable({ "status.phase": "" }),
  columns: [nameColumn, column("Status", "string", "The status of the namespace", ({ status }) => status?.phase ?? ""), ageColumn],
  setDefaults,
  validate: (object, _old, subresource) => [...(subresource === "status" ? checkPhase(object) : checkFinalizers(object))],
  validName: dns1123Label,
  strategy: { generation: false, prepareForCreate, prepareForUpdate },
};

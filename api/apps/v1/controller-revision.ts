import type { V1ControllerRevision } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { immutable, nonNegative, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { required } from "#api/meta/field-error.ts";
import { controllerOf, type OwnerReference } from "#api/meta/object.ts";

export type ControllerRevision = V1ControllerRevision;

/** upstream: ValidateControllerRevisionCreate, ValidateControllerRevisionUpdate */
function* check({ data, revision }: ControllerRevision, old: ControllerRevision | undefined): Check {
  yield* nonNegative("revision", revision);
  if (data === undefined || data === null) yield required("data", "data is mandatory");
  if (old !== undefined) yield* immutable("data", data, old.data);
}

/** `statefulset.apps/web` */
const controllerText = (object: ControllerRevision): string => {
  const owner = controllerOf(object);
  if (owner === undefined) return "<none>";
  const { apiVersion = "", kind = "", name = "" } = owner as Partial<OwnerReference>;
  const [group = "", version] = apiVersion.split("/");
  return `${(version === undefined ? kind : `${kind}.${group}`).toLowerCase()}/${name}`;
};

/** ControllerRevisions: what DaemonSets and StatefulSets were, to go back to. */
export const controllerRevisions: Kind<ControllerRevision> = {
  group: "apps",
  version: "v1",
  resource: "controllerrevisions",
  kind: "ControllerRevision",
  namespaced: true,
  singular: "controllerrevision",
  listKind: "ControllerRevisionList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1ControllerRevision",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [
    nameColumn,
    column("Controller", "string", "Controller of the object", controllerText),
    column("Revision", "integer", docOf("V1ControllerRevision", "revision"), ({ revision }) => revision ?? 0),
    ageColumn,
  ],
  validate: (object, old) => [...check(object, old)],
  strategy: { generation: false, requiresRevision: true },
};

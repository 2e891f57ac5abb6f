import type { V1FlowSchema } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { checkFlowConditions, checkFlowSchema } from "./flow-schema-validate.ts";

export type FlowSchema = V1FlowSchema;

const PRIORITY_LEVEL =
  "`priorityLevelConfiguration` should reference a PriorityLevelConfiguration in the cluster. If the reference cannot be resolved, the FlowSchema will be ignored and marked as invalid in its status. Required.";
const DISTINGUISHER =
  "`distinguisherMethod` defines how to compute the flow distinguisher for requests that match this schema. `nil` specifies that the distinguisher is disabled and thus will always be the empty string.";
const MISSING = "references a broken or non-existent PriorityLevelConfiguration";

const missingText = ({ status }: FlowSchema): string => status?.conditions?.find(({ type }) => type === "Dangling")?.status ?? "?";

/** FlowSchemas: which requests belong to which priority level. */
export const flowSchemas: Kind<FlowSchema> = {
  group: "flowcontrol.apiserver.k8s.io",
  version: "v1",
  resource: "flowschemas",
  kind: "FlowSchema",
  namespaced: false,
  singular: "flowschema",
  listKind: "FlowSchemaList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1FlowSchema",
  bucket: "objects",
  status: true,
  subresources: {},
  columns: [
    nameColumn,
    column("PriorityLevel", "string", PRIORITY_LEVEL, ({ spec }) => spec?.priorityLevelConfiguration?.name ?? "<none>"),
    column("MatchingPrecedence", "string", docOf("V1FlowSchemaSpec", "matchingPrecedence"), ({ spec }) => spec?.matchingPrecedence ?? 0),
    column("DistinguisherMethod", "string", DISTINGUISHER, ({ spec }) => spec?.distinguisherMethod?.type ?? "<none>"),
    ageColumn,
    column("MissingPL", "string", MISSING, missingText),
  ],
  setDefaults: ({ spec }) => {
    if (spec !== undefined) spec.matchingPrecedence ||= 1000;
  },
  validate: (object, _old, subresource) => [
    ...(subresource === "status" ? checkFlowConditions(object.status?.conditions) : checkFlowSchema(object)),
  ],
  strategy: { generation: true, requiresRevision: true, prepareForCreate: (draft) => void (draft.status = {}) },
};

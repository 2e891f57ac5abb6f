import type { V1PriorityClass } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { immutable, neededOneOf, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { forbiddenField } from "#api/meta/field-error.ts";

export type PriorityClass = V1PriorityClass;

/** The highest priority that is not the system's. */
const MAX_USER_PRIORITY = 1_000_000_000;
const SYSTEM_PREFIX = "system-";

const systemClass = (name: string, value: number, description: string): PriorityClass => ({
  apiVersion: "scheduling.k8s.io/v1",
  kind: "PriorityClass",
  metadata: { name },
  value,
  description,
});

/** The classes that are there from the start. upstream: pkg/apis/scheduling/v1/helpers.go */
export const systemPriorityClasses: readonly PriorityClass[] = [
  systemClass("system-node-critical", 2_000_001_000, "Used for system critical pods that must not be moved from their current node."),
  systemClass(
    "system-cluster-critical",
    2_000_000_000,
    "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
  ),
];

/** Why a class with a name of the system's is not one of its classes. upstream: IsKnownSystemPriorityClass */
const unknownReason = (name: string, { value = 0, globalDefault = false }: PriorityClass): string | undefined => {
  const known = systemPriorityClasses.find(({ metadata }) => metadata?.name === name);
  if (known === undefined) return `${name} is not a known system priority class`;
  if (known.value !== value) return `value of ${name} PriorityClass must be ${known.value}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
};

function* checkNew(object: PriorityClass): Check {
  const [name, value] = [object.metadata?.name ?? "", object.value ?? 0];
  if (name.startsWith(SYSTEM_PREFIX)) {
    const reason = unknownReason(name, object);
    const detail = `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only. error: ${reason}`;
    if (reason !== undefined) yield forbiddenField("metadata.name", detail);
  } else if (value > MAX_USER_PRIORITY) {
    yield forbiddenField("value", `maximum allowed value of a user defined priority is ${MAX_USER_PRIORITY}`);
  }
  if (object.preemptionPolicy !== undefined) {
    yield* neededOneOf("preemptionPolicy", object.preemptionPolicy, ["PreemptLowerPriority", "Never"]);
  }
}

function* checkUpdate(object: PriorityClass, old: PriorityClass): Check {
  if ((object.value ?? 0) !== (old.value ?? 0)) yield forbiddenField("value", "may not be changed in an update.");
  yield* immutable("preemptionPolicy", object.preemptionPolicy, old.preemptionPolicy);
}

const doc = (field: string): string => docOf("V1PriorityClass", field);

/** PriorityClasses: names for pod priorities. */
export const priorityClasses: Kind<PriorityClass> = {
  group: "scheduling.k8s.io",
  version: "v1",
  resource: "priorityclasses",
  kind: "PriorityClass",
  namespaced: false,
  singular: "priorityclass",
  listKind: "PriorityClassList",
  shortNames: ["pc"],
  categories: [],
  verbs: storedVerbs,
  model: "V1PriorityClass",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [
    nameColumn,
    column("Value", "integer", doc("value"), ({ value }) => value ?? 0),
    column("Global-Default", "boolean", doc("globalDefault"), ({ globalDefault }) => globalDefault ?? false),
    ageColumn,
    column("PreemptionPolicy", "string", doc("preemptionPolicy"), ({ preemptionPolicy }) => preemptionPolicy ?? ""),
  ],
  setDefaults: (draft) => {
    draft.preemptionPolicy ??= "PreemptLowerPriority";
    draft.value ??= 0;
  },
  validate: (object, old) => [...(old === undefined ? checkNew(object) : checkUpdate(object, old))],
  // Its generation is 1 and stays so.
  strategy: { generation: false, prepareForCreate: (draft) => void (draft.metadata = { ...draft.metadata, generation: 1 }) },
};

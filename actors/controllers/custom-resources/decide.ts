// The life of a CustomResourceDefinition: its names are accepted unless another of its group has them, then it is established;
// deleted, it stays until its objects are gone. Pure.
// upstream: apiextensions-apiserver/pkg/controller/{status/naming_controller,establish,finalizer}
import type { V1CustomResourceDefinitionCondition, V1CustomResourceDefinitionNames } from "#api/generated/types.ts";
import { approvalOf } from "#api/crd/approval.ts";
import { CLEANUP, type CustomResourceDefinition } from "#api/apiextensions/v1/custom-resource-definition.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Stored } from "#api/meta/object.ts";
import type { Requeue } from "#lib/controller.ts";
import { toTime } from "#lib/clock.ts";

type Definition = Stored<CustomResourceDefinition>;
type Names = V1CustomResourceDefinitionNames;
type Condition = V1CustomResourceDefinitionCondition;

/** `others` are the definitions of the same group; `remaining` counts objects, of a definition that is being deleted. */
export type Observed = { readonly definition: Definition; readonly others: readonly Definition[]; readonly remaining: number };

export type Action =
  | { readonly do: "report"; readonly definition: Definition }
  | { readonly do: "empty"; readonly definition: Definition }
  | { readonly do: "release"; readonly definition: Definition };

/** Objects that are being deleted are looked at again after this. */
const AGAIN_MS = 500;

const acceptedNames = ({ status }: Definition): Partial<Names> => status?.acceptedNames ?? {};

type Conflict = { readonly field: keyof Names; readonly reason: string; readonly message: string };

const REASONS = [
  ["plural", "PluralConflict"],
  ["singular", "SingularConflict"],
  ["shortNames", "ShortNamesConflict"],
  ["kind", "KindConflict"],
  ["listKind", "ListKindConflict"],
] as const;

// Plurals, singulars and short names are one space of names, kinds and their lists another.
const takenBy = (others: readonly Definition[]): { readonly resources: ReadonlySet<string>; readonly kinds: ReadonlySet<string> } => ({
  resources: new Set(
    others.map(acceptedNames).flatMap(({ plural = "", singular = "", shortNames = [] }) => [plural, singular, ...shortNames]),
  ),
  kinds: new Set(others.map(acceptedNames).flatMap(({ kind = "", listKind = "" }) => [kind, listKind])),
});

const conflictsOf = ({ definition, others }: Observed): readonly Conflict[] => {
  const taken = takenBy(others);
  const { names } = definition.spec;
  return REASONS.flatMap(([field, reason]) => {
    const wanted = [names[field] ?? []].flat().filter((name) => name !== "");
    const clash = wanted.filter((name) => (field === "kind" || field === "listKind" ? taken.kinds : taken.resources).has(name));
    return clash.map((name) => ({ field, reason, message: `${JSON.stringify(name)} is already in use` }));
  });
};

/** The names as they are accepted: where one is taken, what was accepted before stays. */
const namesOf = ({ definition }: Observed, conflicts: readonly Conflict[]): Names => {
  const before = acceptedNames(definition);
  const kept = conflicts.map(({ field }) => [field, before[field] ?? (field === "shortNames" ? undefined : "")] as const);
  return { ...definition.spec.names, ...Object.fromEntries(kept) };
};

const condition = (type: string, status: string, [reason, message]: readonly [string, string]): Condition => ({
  type,
  status,
  reason,
  message,
});

const isTrue = ({ status }: Definition, type: string): boolean =>
  status?.conditions?.some((one) => one.type === type && one.status === "True") === true;

/** Of conflicts in several names the last is told. */
const namesAccepted = (conflicts: readonly Conflict[]): Condition => {
  const last = conflicts.at(-1);
  if (last === undefined) return condition("NamesAccepted", "True", ["NoConflicts", "no conflicts found"]);
  const messages = conflicts.filter(({ field }) => field === last.field).map(({ message }) => message);
  return condition("NamesAccepted", "False", [last.reason, messages.length === 1 ? last.message : `[${messages.join(", ")}]`]);
};

const established = (definition: Definition, isAccepted: boolean): Condition =>
  isAccepted || isTrue(definition, "Established")
    ? condition("Established", "True", ["InitialNamesAccepted", "the initial names have been accepted"])
    : condition("Established", "False", ["NotAccepted", "not all names are accepted"]);

const APPROVALS = {
  Approved: ["True", "ApprovedAnnotation"],
  Bypassed: ["False", "UnapprovedAnnotation"],
  Missing: ["False", "MissingAnnotation"],
  Invalid: ["False", "InvalidAnnotation"],
} as const;

/** upstream: apiextensions-apiserver/pkg/controller/apiapproval */
const approved = (definition: Definition): readonly Condition[] => {
  const approval = approvalOf(definition);
  if (approval === undefined) return [];
  const [status, reason] = APPROVALS[approval.state];
  return [condition("KubernetesAPIApprovalPolicyConformant", status, [reason, approval.message])];
};

const terminating = (remaining: number): Condition =>
  remaining > 0
    ? condition("Terminating", "True", ["InstanceDeletionInProgress", "CustomResource deletion is in progress"])
    : condition("Terminating", "False", ["InstanceDeletionCompleted", "removed all instances"]);

const withConditions = ({ status }: Definition, conditions: readonly Condition[], nowMs: number): readonly Condition[] => {
  const before = status?.conditions ?? [];
  const same = (a: Condition, b: Condition): boolean => a.status === b.status && a.reason === b.reason && a.message === b.message;
  const told = conditions.map((now) => {
    const old = before.find(({ type }) => type === now.type);
    if (old !== undefined && same(old, now)) return old;
    return { ...now, lastTransitionTime: old?.status === now.status ? old.lastTransitionTime : toTime(nowMs) };
  });
  return [...before.filter(({ type }) => !conditions.some((now) => now.type === type)), ...told];
};

const reported = (observed: Observed, nowMs: number): readonly Action[] => {
  const { definition } = observed;
  const conflicts = conflictsOf(observed);
  const conditions = [
    ...approved(definition),
    namesAccepted(conflicts),
    established(definition, conflicts.length === 0),
    ...(definition.metadata.deletionTimestamp === undefined ? [] : [terminating(observed.remaining)]),
  ];
  const status = {
    ...definition.status,
    acceptedNames: namesOf(observed, conflicts),
    conditions: withConditions(definition, conditions, nowMs),
  };
  return deepEqual(status, definition.status) ? [] : [{ do: "report", definition: { ...definition, status } }];
};

/** What is to be done about a definition. */
export const decide = (observed: Observed, nowMs: number): readonly (Action | Requeue)[] => {
  const { definition, remaining } = observed;
  const report = reported(observed, nowMs);
  const isHeld = definition.metadata.finalizers?.includes(CLEANUP) === true;
  if (definition.metadata.deletionTimestamp === undefined || !isHeld || report.length > 0) return report;
  if (remaining === 0) return [{ do: "release", definition }];
  return [
    { do: "empty", definition },
    { do: "requeue", afterMs: AGAIN_MS },
  ];
};

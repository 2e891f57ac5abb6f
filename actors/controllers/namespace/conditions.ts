// What a namespace that is being deleted says about its end. Pure. upstream: pkg/controller/namespace/deletion/status_condition_utils.go
import type { V1NamespaceCondition } from "#api/generated/types.ts";

/** What is left in the namespace, by resource. `finalizers` counts objects by the finalizer that holds them. */
export type Left = { readonly resource: string; readonly count: number; readonly finalizers: readonly string[] };
type Word = Omit<V1NamespaceCondition, "lastTransitionTime">;

const good = (type: string, reason: string, message: string): Word => ({ type, status: "False", reason, message });
const bad = (type: string, reason: string, message: string): Word => ({ type, status: "True", reason, message });

/** What is not asked of anybody here, and so cannot fail. */
const NEVER_BAD: readonly Word[] = [
  good("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
  good("NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
  good("NamespaceDeletionContentFailure", "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
];

const contentOf = (left: readonly Left[]): Word => {
  const type = "NamespaceContentRemaining";
  if (left.length === 0) return good(type, "ContentRemoved", "All content successfully removed");
  const named = left.map(({ resource, count }) => `${resource.includes(".") ? resource : `${resource}.`} has ${count} resource instances`);
  return bad(type, "SomeResourcesRemain", `Some resources are remaining: ${named.toSorted().join(", ")}`);
};

const finalizersOf = (left: readonly Left[]): Word => {
  const type = "NamespaceFinalizersRemaining";
  const held = Map.groupBy(
    left.flatMap(({ finalizers }) => finalizers),
    (name) => name,
  );
  if (held.size === 0) return good(type, "ContentHasNoFinalizers", "All content-preserving finalizers finished");
  const named = [...held].map(([name, all]) => `${name} in ${all.length} resource instances`);
  return bad(type, "SomeFinalizersRemain", `Some content in the namespace has finalizers remaining: ${named.toSorted().join(", ")}`);
};

/** All five, of what is going now. */
export const conditionsOf = (left: readonly Left[]): readonly Word[] => [...NEVER_BAD, contentOf(left), finalizersOf(left)];

// What becomes of an object whose owners are gone, or that waits for its dependents. Pure.
// upstream: pkg/controller/garbagecollector/garbagecollector.go (attemptToDeleteItem, processDeletingDependentsItem)
//
// C3 nothing with a live owner is collected, and nothing whose owners are all gone stays.
import type { OwnerReference, Stored } from "#api/meta/object.ts";

export const FOREGROUND = "foregroundDeletion";
export const ORPHAN = "orphan";

/** live: there, and staying; waiting: there, in foreground deletion; absent: no object with that UID is there. */
export type OwnerState = "live" | "waiting" | "absent";

export type Observed = {
  readonly object: Stored;
  readonly owners: readonly { readonly reference: OwnerReference; readonly state: OwnerState }[];
  /** Objects that name this one as an owner. */
  readonly dependents: readonly { readonly object: Stored; readonly blocking: boolean }[];
};

export type Action =
  | { readonly do: "delete"; readonly object: Stored; readonly policy: "Background" | "Foreground" | "Orphan" }
  /** Takes these owners (UIDs) off an object. */
  | { readonly do: "disown"; readonly object: Stored; readonly owners: readonly string[] }
  /** Its owners need no longer wait for it. */
  | { readonly do: "unblock"; readonly object: Stored }
  | { readonly do: "unfinalize"; readonly object: Stored; readonly finalizer: string };

const has = ({ metadata }: Stored, finalizer: string): boolean => metadata.finalizers?.includes(finalizer) === true;
const isDeleting = ({ metadata }: Stored): boolean => metadata.deletionTimestamp !== undefined;

const orphaning = ({ object, dependents }: Observed): readonly Action[] => [
  ...dependents.map(({ object: dependent }): Action => ({ do: "disown", object: dependent, owners: [object.metadata.uid] })),
  ...(dependents.length === 0 ? [{ do: "unfinalize", object, finalizer: ORPHAN } as const] : []),
];

/** Blocking dependents are deleted by their own turn, in which they see this owner waiting. */
const waiting = ({ object, dependents }: Observed): readonly Action[] =>
  dependents.some(({ blocking }) => blocking) ? [] : [{ do: "unfinalize", object, finalizer: FOREGROUND }];

const policyOf = (object: Stored, foreground: boolean): "Background" | "Foreground" | "Orphan" => {
  if (has(object, ORPHAN)) return "Orphan";
  return foreground || has(object, FOREGROUND) ? "Foreground" : "Background";
};

/** A dependent that waits for its own dependents: it may be an owner too, and the two would wait for each other. */
const isWaiting = ({ object }: { readonly object: Stored }): boolean => isDeleting(object) && has(object, FOREGROUND);

const isBlocking = ({ metadata }: Stored): boolean =>
  metadata.ownerReferences?.some(({ blockOwnerDeletion }) => blockOwnerDeletion === true) === true;

const ofOwners = ({ object, owners, dependents }: Observed): readonly Action[] => {
  const live = owners.filter(({ state }) => state === "live");
  const others = owners.filter(({ state }) => state !== "live");
  if (others.length === 0) return [];
  if (live.length > 0) return [{ do: "disown", object, owners: others.map(({ reference }) => reference.uid) }];
  const foreground = others.some(({ state }) => state === "waiting") && dependents.length > 0;
  if (foreground && dependents.some(isWaiting) && isBlocking(object)) return [{ do: "unblock", object }];
  return [{ do: "delete", object, policy: policyOf(object, foreground) }];
};

/** The next thing to do about one object. */
export const decide = (observed: Observed): readonly Action[] => {
  const { object } = observed;
  if (isDeleting(object) && has(object, ORPHAN)) return orphaning(observed);
  if (isDeleting(object) && has(object, FOREGROUND)) return waiting(observed);
  return isDeleting(object) ? [] : ofOwners(observed);
};

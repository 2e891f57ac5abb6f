// What a delete does to an object: nothing yet, a mark, or its end. Pure.
// upstream: apiserver/pkg/registry/rest/delete.go, registry/generic/registry/store.go Delete
import type { V1DeleteOptions } from "#api/generated/types.ts";
import type { Kind } from "#api/kind.ts";
import { invalidValue, notSupported } from "#api/meta/field-error.ts";
import type { Draft, KubeObject, ObjectMeta } from "#api/meta/object.ts";
import type { FieldError } from "#api/meta/status.ts";
import { toTime } from "#lib/clock.ts";
import { metaOf } from "./metadata.ts";

const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";
const POLICIES = ["Background", "Foreground", "Orphan"];

/** `keep`: a deletion under way goes on as it is. `mark`: the object stays, marked as deleted. `remove`: it ends now, last seen as `object`. */
export type Deletion =
  | { readonly do: "keep" }
  | { readonly do: "mark"; readonly object: KubeObject }
  | { readonly do: "remove"; readonly object: KubeObject | undefined };

/** Every option that is wrong. upstream: metav1validation.ValidateDeleteOptions */
export const deleteOptionErrors = (options: V1DeleteOptions): readonly FieldError[] => {
  const { propagationPolicy, orphanDependents, dryRun = [] } = options;
  const errors: FieldError[] = [];
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    errors.push(invalidValue("propagationPolicy", propagationPolicy, "orphanDependents and deletionPropagation cannot be both set"));
  }
  if (propagationPolicy !== undefined && !POLICIES.includes(propagationPolicy)) {
    errors.push(notSupported("propagationPolicy", propagationPolicy, [...POLICIES, "nil"]));
  }
  if (dryRun.some((value) => value !== "All")) errors.push(notSupported("dryRun", dryRun, ["All"]));
  return errors;
};

/** Why the object is not the one that the client means, if it is not. */
export const brokenPrecondition = ({ preconditions }: V1DeleteOptions, { uid, resourceVersion }: ObjectMeta): string | undefined => {
  const { uid: wantedUid, resourceVersion: wantedRevision } = preconditions ?? {};
  if (wantedUid !== undefined && wantedUid !== uid) {
    return `the UID in the precondition (${wantedUid}) does not match the UID in record (${uid ?? ""}). The object might have been deleted and then recreated`;
  }
  if (wantedRevision !== undefined && wantedRevision !== resourceVersion) {
    return `the ResourceVersion in the precondition (${wantedRevision}) does not match the ResourceVersion in record (${resourceVersion ?? ""}). The object might have been modified`;
  }
  return undefined;
};

/** What becomes of `own`, a copy of the object that the caller gives away. */
export const deletionOf = (kind: Kind, own: Draft<KubeObject>, options: V1DeleteOptions, nowMs: number): Deletion => {
  const meta = metaOf(own);
  const graceful = gracefully(kind, own, options, nowMs);
  if (graceful === "pending") return { do: "keep" };
  const finalizers = finalizersAfter(kind, meta, options);
  if (finalizers.length > 0) {
    meta.finalizers = finalizers;
    if (graceful === undefined) markNow(meta, nowMs);
    return { do: "mark", object: own };
  }
  delete meta.finalizers;
  if (graceful === undefined) return { do: "remove", object: undefined };
  return graceful > 0 ? { do: "mark", object: own } : { do: "remove", object: own };
};

/**
 * Sets when a graceful deletion ends. The answer is its grace period in seconds; undefined: the kind knows none, or the period is over;
 * "pending": it is under way, and not made shorter.
 */
const gracefully = (kind: Kind, own: Draft<KubeObject>, options: V1DeleteOptions, nowMs: number): number | "pending" | undefined => {
  const period = kind.strategy.gracePeriodSeconds;
  if (period === undefined) return undefined;
  const meta = metaOf(own);
  const wished = options.gracePeriodSeconds === undefined ? undefined : atLeast(options.gracePeriodSeconds);
  if (meta.deletionTimestamp !== undefined) return shorten(meta, meta.deletionTimestamp, wished);
  const ownPeriod = period(own);
  const seconds = ownPeriod === undefined ? 0 : (wished ?? atLeast(ownPeriod));
  meta.deletionTimestamp = toTime(nowMs + seconds * 1000);
  meta.deletionGracePeriodSeconds = seconds;
  if ((meta.generation ?? 0) > 0) meta.generation = (meta.generation ?? 0) + 1;
  return seconds;
};

/** A negative period is one second. */
const atLeast = (seconds: number): number => (seconds < 0 ? 1 : seconds);

const shorten = (meta: Draft<ObjectMeta>, deletionTimestamp: string, wished: number | undefined): number | "pending" | undefined => {
  const present = meta.deletionGracePeriodSeconds ?? 0;
  if (present === 0) return undefined;
  if (wished === undefined || wished >= present) return "pending";
  meta.deletionTimestamp = toTime(Date.parse(deletionTimestamp) - (present - wished) * 1000);
  meta.deletionGracePeriodSeconds = wished;
  return wished;
};

/** upstream: registry.markAsDeleting */
const markNow = (meta: Draft<ObjectMeta>, nowMs: number): void => {
  if (meta.deletionTimestamp === undefined && (meta.generation ?? 0) > 0) meta.generation = (meta.generation ?? 0) + 1;
  if (meta.deletionTimestamp === undefined || Date.parse(meta.deletionTimestamp) > nowMs) meta.deletionTimestamp = toTime(nowMs);
  meta.deletionGracePeriodSeconds = 0;
};

/** The finalizers with those of garbage collection as the client wants them. upstream: registry.deletionFinalizersForGarbageCollection */
const finalizersAfter = (kind: Kind, { finalizers = [] }: Draft<ObjectMeta>, options: V1DeleteOptions): string[] => {
  const others = finalizers.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  const wanted = collectionFinalizer(kind, finalizers, options);
  return wanted === undefined ? others : [...others, wanted];
};

const collectionFinalizer = (kind: Kind, finalizers: readonly string[], options: V1DeleteOptions): string | undefined => {
  const { orphanDependents, propagationPolicy } = options;
  if (orphanDependents !== undefined) return orphanDependents ? ORPHAN : undefined;
  if (propagationPolicy === "Orphan") return ORPHAN;
  if (propagationPolicy === "Foreground") return FOREGROUND;
  if (propagationPolicy !== undefined) return undefined;
  if (finalizers.includes(ORPHAN)) return ORPHAN;
  if (finalizers.includes(FOREGROUND)) return FOREGROUND;
  return kind.strategy.orphansDependents === true ? ORPHAN : undefined;
};

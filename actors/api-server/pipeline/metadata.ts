// What the server itself says in an object's metadata. Pure: time and ids are arguments.
// upstream: apiserver/pkg/registry/rest/{create,update,meta}.go@v1.36
import type { Kind } from "#api/kind.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Draft, KubeObject, ObjectMeta } from "#api/meta/object.ts";
import { badRequest } from "#api/meta/status.ts";

/** The longest base of a generated name: five letters follow it. */
const MAX_BASE = 58;

/** The place that a request names. */
export type Place = { readonly namespace: string; readonly name: string };

/** The object's metadata, made if absent. */
export const metaOf = (draft: Draft<KubeObject>): Draft<ObjectMeta> => {
  draft.metadata ??= {};
  return draft.metadata;
};

const ELSEWHERE = "the namespace of the provided object does not match the namespace sent on the request";

/** Gives the object the request's namespace. Throws: BadRequest when it says another. */
export const settleNamespace = (meta: Draft<ObjectMeta>, namespace: string): void => {
  if (namespace === "") delete meta.namespace;
  else if (meta.namespace === undefined || meta.namespace === "") meta.namespace = namespace;
  else if (meta.namespace !== namespace) {
    throw badRequest(ELSEWHERE);
  }
};

/**
 * Throws: BadRequest when an update's object is not the one that the URL names.
 * upstream: registry/rest/meta.go EnsureObjectNamespaceMatchesRequestNamespace, endpoints/handlers/rest.go checkName
 */
export const checkPlace = ({ name = "", namespace = "" }: ObjectMeta, place: Place): void => {
  if (place.namespace !== "" && namespace !== "" && namespace !== place.namespace) throw badRequest(ELSEWHERE);
  if (name === "") throw badRequest(`the name of the object (${place.name} based on URL) was undeterminable: name must be provided`);
  if (name !== place.name) throw badRequest(`the name of the object (${name}) does not match the name on the URL (${place.name})`);
};

/** Takes from a new object what only the server says. upstream: rest.WipeObjectMetaSystemFields */
export const wipeIdentity = (meta: Draft<ObjectMeta>): void => {
  delete meta.selfLink;
  delete meta.deletionTimestamp;
  delete meta.deletionGracePeriodSeconds;
  delete meta.uid;
  delete meta.creationTimestamp;
};

const OMITTED_WHEN_EMPTY = ["labels", "annotations", "finalizers", "ownerReferences"] as const;

/** What is empty is not there: a patch may have taken the last of its entries. upstream: omitempty in meta/v1/types.go */
const dropEmpty = (meta: Draft<ObjectMeta>): void => {
  for (const field of OMITTED_WHEN_EMPTY) if (Object.keys(meta[field] ?? {}).length === 0) delete meta[field];
};

/** A new object's identity, after admission: nobody else gives it. */
export const fillNew = (meta: Draft<ObjectMeta>, { uid, now }: { readonly uid: string; readonly now: string }): void => {
  wipeIdentity(meta);
  dropEmpty(meta);
  meta.uid = uid;
  meta.creationTimestamp = now;
};

/** The name that `generateName` and a suffix make. */
export const generatedName = (base: string, suffix: string): string => base.slice(0, MAX_BASE) + suffix;

/** The generation at creation, for kinds that count it. */
export const startGeneration = ({ strategy }: Kind, meta: Draft<ObjectMeta>): void => {
  if (strategy.generation) meta.generation = 1;
  else delete meta.generation;
};

/** Carries over what an update may leave out or may not change. */
export const fillFromOld = (meta: Draft<ObjectMeta>, old: ObjectMeta): void => {
  dropEmpty(meta);
  delete meta.selfLink;
  if (meta.uid === undefined || meta.uid === "") set(meta, "uid", old.uid);
  meta.creationTimestamp ??= old.creationTimestamp;
  set(meta, "deletionTimestamp", old.deletionTimestamp);
  set(meta, "deletionGracePeriodSeconds", old.deletionGracePeriodSeconds);
  set(meta, "generation", old.generation);
  set(meta, "namespace", old.namespace);
};

const set = <K extends keyof ObjectMeta>(meta: Draft<ObjectMeta>, field: K, value: Draft<ObjectMeta>[K]): void => {
  if (value === undefined) delete meta[field];
  else meta[field] = value;
};

/** Counts a change of anything but metadata and status. */
export const countGeneration = ({ strategy, status }: Kind, draft: Draft<KubeObject>, old: KubeObject): void => {
  if (strategy.generation && !deepEqual(intent(draft, status), intent(old, status)))
    metaOf(draft).generation = (old.metadata?.generation ?? 0) + 1;
};

// The status of a kind that keeps none apart is like any other field.
const intent = (object: KubeObject, isStatusApart: boolean): object => ({
  ...object,
  apiVersion: undefined,
  kind: undefined,
  metadata: undefined,
  ...(isStatusApart ? { status: undefined } : {}),
});

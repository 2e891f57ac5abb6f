// The only file that writes to the store. A write is answered when the caches have passed it.
import type { KubeObject } from "#api/meta/object.ts";
import { failure, notFound, type ApiError } from "#api/meta/status.ts";
import { groupResource, type Verb } from "#api/meta/resource.ts";
import { StoreUnavailable, type StoreKey } from "#lib/store.ts";
import { Entry } from "../cache/entry.ts";
import type { Served } from "../cache/caches.ts";
import { encodeValue, headOf } from "../cache/splice.ts";
import { subjectOf, type Call, type Core } from "../core.ts";
import { deallocate } from "./allocate.ts";
import { readiedToStore } from "./ready.ts";

/** The largest object, as etcd has it. */
const MAX_VALUE_BYTES = 1.5 * 1024 * 1024;

/** Where the call's object lies; throws: NotFound for a kind that is never stored. */
export const servedOf = ({ caches }: Core, call: Call): Served => {
  const served = caches.of(call.kind);
  if (served === undefined) throw notFound(subjectOf(call));
  return served;
};

/** The call's object as it is now. Throws: NotFound. */
export const current = (core: Core, call: Call): Entry => {
  const entry = servedOf(core, call).cache.get(call.namespace, call.name);
  if (entry === undefined) throw notFound(subjectOf(call));
  return entry;
};

/** Before a read that must not miss anybody's finished write. */
export const catchUp = async (core: Core, call: Call): Promise<void> => {
  if (core.ports.config.shared) await reported(core, call, () => servedOf(core, call).bucket.catchUp(call.signal));
};

const keyOf = ({ stored }: Served, { metadata }: KubeObject): StoreKey => ({
  group: stored.group,
  resource: stored.resource,
  namespace: metadata?.namespace ?? "",
  name: metadata?.name ?? "",
});

/** Writes the object when its revision in the store is `expected` (0: it does not exist). Throws: RevisionConflict, ApiError. */
export const write = async (core: Core, call: Call, object: KubeObject, expected: number): Promise<Entry> => {
  const served = servedOf(core, call);
  await readiedToStore(call, object);
  const stored = served.toStored(object);
  const value = encodeValue(served.stored, stored);
  if (value.length > MAX_VALUE_BYTES) throw failure("RequestEntityTooLarge", "etcdserver: request is too large");
  const key = keyOf(served, stored);
  if (expected === 0) await ended(core, key);
  const revision = await reported(core, call, () => core.ports.store.put(served.bucket.bucket, key, value, expected, call.signal));
  await served.bucket.waitFor(revision, call.signal);
  const cached = served.cache.get(key.namespace, key.name);
  return cached?.revision === revision ? cached : entryOf(served, { key, value, revision });
};

/** Deletes the object at the revision that `entry` has, and takes back what it had been given; watchers are shown `last`. Throws: RevisionConflict, ApiError. */
export const remove = async (core: Core, call: Call, entry: Entry, last?: KubeObject): Promise<Entry> => {
  const served = servedOf(core, call);
  if (last !== undefined) await readiedToStore(call, last);
  const value = last === undefined ? entry.value : encodeValue(served.stored, served.toStored(last));
  const revision = await reported(core, call, () => erase(core, served, { entry, value }, call.signal));
  await served.bucket.waitFor(revision, call.signal);
  await deallocate(core, call, entry.object);
  return entryOf(served, { key: entry.key, value, revision });
};

type Erasure = { readonly entry: Entry; readonly value: Uint8Array };

/** Deletes, for whoever asks, and says so until the caches have passed it. Throws: RevisionConflict, StoreUnavailable. */
export const erase = async (core: Core, { bucket }: Served, { entry, value }: Erasure, signal?: AbortSignal): Promise<number> => {
  const place = textOf(entry.key);
  const deleted = core.ports.store.delete(bucket.bucket, entry.key, value, entry.revision, signal);
  const passed = deleted.then((revision) => bucket.waitFor(revision)).catch(() => undefined);
  core.ending.set(place, passed);
  void passed.then(() => core.ending.delete(place));
  return deleted;
};

/** Waits for a deletion of the object that the caches have not passed yet. */
const ended = async ({ ending }: Core, key: StoreKey): Promise<void> => {
  for (let passed = ending.get(textOf(key)); passed !== undefined; passed = ending.get(textOf(key))) await passed;
};

const textOf = ({ group, resource, namespace, name }: StoreKey): string => `${group}/${resource}/${namespace}/${name}`;

/** After a conflict: waits until the write that was quicker is here. */
export const refresh = (core: Core, call: Call): Promise<void> =>
  reported(core, call, () => servedOf(core, call).bucket.catchUp(call.signal));

const entryOf = ({ stored }: Served, change: { readonly key: StoreKey; readonly value: Uint8Array; readonly revision: number }): Entry =>
  new Entry(stored, change, headOf(stored).length);

/** upstream: apierrors.NewServerTimeout */
const serverTimeout = ({ kind, request }: Call): ApiError => {
  const message = `The ${operationOf(request.verb)} operation against ${groupResource(kind)} could not be completed at this time, please try again.`;
  return failure("ServerTimeout", message, {
    ...(kind.group === "" ? {} : { group: kind.group }),
    kind: kind.resource,
    retryAfterSeconds: 2,
  });
};

const operationOf = (verb: Verb): string => (verb === "deletecollection" ? "delete" : verb);

const reported = async <T>(core: Core, call: Call, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    core.onStoreFailure();
    const answer = serverTimeout(call);
    answer.cause = error;
    throw answer;
  }
};

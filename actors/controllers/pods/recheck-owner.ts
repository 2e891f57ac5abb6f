// Asks the API about an owner before it adopts: what is adopted by one that has gone, of which the informer has not heard,
// goes too. upstream: RecheckDeletionTimestamp in pkg/controller/controller_ref_manager.go
import type { Stored } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import type { Reach } from "#lib/controller.ts";

/** Throws: Error when the owner is another or is being deleted; ApiError. */
export const recheckOwner = async (resource: Resource, owner: Stored, { client, signal }: Reach): Promise<void> => {
  const { namespace = "", name, uid } = owner.metadata;
  const { metadata } = await client.get(resource, owner.metadata, signal);
  const place = `${namespace}/${name}`;
  if (metadata.uid !== uid) throw new Error(`original ${resource.kind} ${place} is gone: got uid ${metadata.uid}, wanted ${uid}`);
  if (metadata.deletionTimestamp !== undefined) throw new Error(`${place} has just been deleted at ${metadata.deletionTimestamp}`);
};

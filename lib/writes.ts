// What a reconcile has written, so that its key is not looked at again before the informers show it. This is what replaces
// client-go's expectations: nothing is counted, a revision is waited for.
import { objectKey, type KubeObject, type ObjectRef, type Stored } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { Client, type DeleteOptions, type Patch, type WriteOptions } from "./client.ts";
import type { Informer } from "./informer.ts";

/** A write that the server has acknowledged. `revision` is undefined for a deletion, which tells none. */
export type Write = { readonly resource: Resource; readonly key: string; readonly revision: number | undefined };

/** A client that tells of each of its writes to single objects. */
export class NotingClient extends Client {
  readonly #note: (write: Write) => void;

  constructor(client: Client, note: (write: Write) => void) {
    super(client.transport);
    this.#note = note;
  }

  override async create<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions, signal?: AbortSignal) {
    return this.#written(resource, await super.create(resource, object, options, signal));
  }

  override async update<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions, signal?: AbortSignal) {
    return this.#written(resource, await super.update(resource, object, options, signal));
  }

  override async patch<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, patch: Patch, signal?: AbortSignal) {
    return this.#written(resource, await super.patch(resource, ref, patch, signal));
  }

  override async delete(resource: Resource, ref: ObjectRef, options?: DeleteOptions, signal?: AbortSignal): Promise<void> {
    await super.delete(resource, ref, options, signal);
    this.#note({ resource, key: objectKey({ metadata: ref }), revision: undefined });
  }

  #written<T extends KubeObject>(resource: Resource<T>, object: Stored<T>): Stored<T> {
    const revision = Number(object.metadata?.resourceVersion); // the answer of some subresources has none
    if (revision > 0) this.#note({ resource, key: objectKey(object), revision });
    return object;
  }
}

/** Asks whether the informer shows the write: it has passed its revision, or shows the object gone or going. */
export const shownBy = (informer: Informer<KubeObject>, { key, revision }: Write): (() => boolean) => {
  if (revision !== undefined) return () => informer.revision >= revision;
  const uid = informer.get(key)?.metadata.uid;
  return () => {
    const object = informer.get(key);
    return object === undefined || object.metadata.uid !== uid || object.metadata.deletionTimestamp !== undefined;
  };
};

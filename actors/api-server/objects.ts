// What authentication and authorization read of the cluster: objects as the watch cache has them, from memory.
import type { KubeObject, ObjectRef, Stored } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { notFound } from "#api/meta/status.ts";

export interface ObjectSource {
  /** The objects of a resource, of one namespace or of all. */
  list<T extends KubeObject>(resource: Resource<T>, namespace?: string): Iterable<Stored<T>>;
  get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): Stored<T> | undefined;
  /** Calls `changed` now for every present object, and from then on after every change. Without an object: it was deleted. */
  follow<T extends KubeObject>(resource: Resource<T>, changed: (ref: ObjectRef, object: Stored<T> | undefined) => void): void;
}

/** An object that must be there. Throws: NotFound. */
export const objectOf = <T extends KubeObject>(objects: Pick<ObjectSource, "get">, resource: Resource<T>, ref: ObjectRef): Stored<T> => {
  const found = objects.get(resource, ref);
  if (found === undefined) throw notFound({ group: resource.group, resource: resource.resource, name: ref.name });
  return found;
};

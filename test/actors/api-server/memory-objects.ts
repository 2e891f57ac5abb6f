// Objects for tests of what reads the cluster: put and removed by hand.
import { objectKey, type KubeObject, type ObjectRef, type Stored } from "#api/meta/object.ts";
import { groupResource, type Resource } from "#api/meta/resource.ts";
import type { ObjectSource } from "#actors/api-server/objects.ts";

type Changed = (ref: ObjectRef, object: Stored | undefined) => void;

/** An object source that is changed by `put` and `remove`. */
export class MemoryObjects implements ObjectSource {
  readonly #objects = new Map<string, Map<string, Stored>>();
  readonly #followers = new Map<string, Changed[]>();

  get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): Stored<T> | undefined {
    return this.#of(resource).get(objectKey({ metadata: ref })) as Stored<T> | undefined;
  }

  list<T extends KubeObject>(resource: Resource<T>, namespace?: string): readonly Stored<T>[] {
    const all = [...this.#of(resource).values()] as unknown as readonly Stored<T>[];
    return all.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
  }

  follow<T extends KubeObject>(resource: Resource<T>, changed: (ref: ObjectRef, object: Stored<T> | undefined) => void): void {
    const followers = this.#followers.get(groupResource(resource)) ?? [];
    this.#followers.set(groupResource(resource), [...followers, changed as Changed]);
    for (const object of this.#of(resource).values()) changed(object.metadata, object as Stored<T>);
  }

  put<T extends KubeObject>(resource: Resource<T>, object: T): void {
    const stored = object as unknown as Stored;
    this.#of(resource).set(objectKey(object), stored);
    for (const changed of this.#followers.get(groupResource(resource)) ?? []) changed(stored.metadata, stored);
  }

  remove(resource: Resource, ref: ObjectRef): void {
    this.#of(resource).delete(objectKey({ metadata: ref }));
    for (const changed of this.#followers.get(groupResource(resource)) ?? []) changed(ref, undefined);
  }

  #of(resource: Resource): Map<string, Stored> {
    const objects = this.#objects.get(groupResource(resource)) ?? new Map<string, Stored>();
    this.#objects.set(groupResource(resource), objects);
    return objects;
  }
}

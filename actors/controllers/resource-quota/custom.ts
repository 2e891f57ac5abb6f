// The cluster's own kinds, which come and go: quotas count their objects too.
import { customResourceDefinitions, type CustomResourceDefinition } from "#api/apiextensions/v1/custom-resource-definition.ts";
import type { Resource } from "#api/meta/resource.ts";
import type { KeySource } from "#lib/controller.ts";
import type { Change, Informer } from "#lib/informer.ts";
import type { InformerSource } from "#lib/informers.ts";
import { definedResource } from "../custom-resources/resource.ts";

/** Gives the keys that changes of a resource's objects concern. */
type Follow = (resource: Resource) => readonly KeySource[];

const limitedOf = (definition: CustomResourceDefinition): readonly Resource[] => {
  const resource = definedResource(definition);
  return resource?.namespaced === true ? [resource] : [];
};

/** The kinds of the cluster's own that lie in namespaces. */
export class CustomKinds {
  readonly #definitions: Informer<CustomResourceDefinition>;

  constructor(informers: InformerSource) {
    this.#definitions = informers.of(customResourceDefinitions);
  }

  list(): readonly Resource[] {
    return this.#definitions.list().flatMap(limitedOf);
  }

  /** Follows the objects of each kind as long as it is there; all of `keys` are concerned when one comes. */
  changes(follow: Follow, keys: () => readonly string[]): KeySource {
    return (enqueue) => {
      const ends = new Map<string, readonly (() => void)[]>();
      const end = (name: string): void => {
        for (const stop of ends.get(name) ?? []) stop();
        ends.delete(name);
      };
      const define = ({ type, object }: Change<CustomResourceDefinition>): void => {
        const { name } = object.metadata;
        const [resource] = type === "deleted" ? [] : limitedOf(object);
        if (resource === undefined) return end(name);
        if (ends.has(name)) return;
        ends.set(
          name,
          follow(resource).map((subscribe) => subscribe(enqueue)),
        );
        keys().forEach((key) => enqueue(key));
      };
      const stop = this.#definitions.onChange(define);
      return () => {
        stop();
        for (const name of ends.keys()) end(name);
      };
    };
  }
}

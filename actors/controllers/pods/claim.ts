// Which objects a controller owns by its selector: those it has, orphans to adopt, and its own that no longer match.
// Pure. upstream: pkg/controller/controller_ref_manager.go
import { controllerOf, type KubeObject, type OwnerReference, type Stored } from "#api/meta/object.ts";
import { apiVersionOf, type Resource } from "#api/meta/resource.ts";
import { matches, type Selector } from "#api/meta/selector.ts";

export type Claims<T extends KubeObject> = {
  readonly owned: readonly Stored<T>[];
  readonly adopt: readonly Stored<T>[];
  readonly release: readonly Stored<T>[];
};

/** Sorts candidates by whose they are. An owner that is being deleted adopts nothing. */
export const claim = <T extends KubeObject>(owner: Stored, selector: Selector, candidates: readonly Stored<T>[]): Claims<T> => {
  const fits = ({ metadata }: Stored<T>): boolean => matches(selector, metadata.labels);
  const mine = candidates.filter((candidate) => controllerOf(candidate)?.uid === owner.metadata.uid);
  const orphans = candidates.filter(
    (candidate) => controllerOf(candidate) === undefined && candidate.metadata.deletionTimestamp === undefined && fits(candidate),
  );
  const ends = owner.metadata.deletionTimestamp !== undefined;
  return { owned: mine.filter(fits), adopt: ends ? [] : orphans, release: ends ? [] : mine.filter((candidate) => !fits(candidate)) };
};

/** The reference by which an owner manages an object. */
export const controllerReference = (resource: Resource, { metadata }: Stored): OwnerReference => ({
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
  name: metadata.name,
  uid: metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});

// When the finalizers that admission gives to volumes and claims go: nobody uses what is being deleted. Pure.
// upstream: pkg/controller/volume/{pvcprotection,pvprotection}
import type { V1PersistentVolume, V1Pod } from "#api/generated/types.ts";
import type { KubeObject, Stored } from "#api/meta/object.ts";

/** An object with its finalizer's name, and whether somebody uses it. */
export type Observed<T extends KubeObject> = { readonly object: Stored<T>; readonly finalizer: string; readonly isUsed: boolean };
export type Action<T extends KubeObject> = {
  readonly do: "finalizers";
  readonly object: Stored<T>;
  readonly finalizers: readonly string[];
};

/** The claims that a pod on a node uses: a pod without a node cannot start with a claim that is being deleted. */
export const claimsOf = ({ metadata, spec }: V1Pod): readonly string[] => {
  if ((spec?.nodeName ?? "") === "") return [];
  return (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim !== undefined) return [persistentVolumeClaim.claimName];
    return ephemeral === undefined ? [] : [`${metadata?.name ?? ""}-${name}`];
  });
};

/** A volume is used while it is bound. */
export const isVolumeUsed = ({ status }: V1PersistentVolume): boolean => status?.phase === "Bound";

/** Gives the finalizer to what lives without it, and takes it from what is being deleted and not used. */
export const decide = <T extends KubeObject>({ object, finalizer, isUsed }: Observed<T>): readonly Action<T>[] => {
  const { finalizers = [], deletionTimestamp } = object.metadata;
  const has = finalizers.includes(finalizer);
  if (deletionTimestamp === undefined) return has ? [] : [{ do: "finalizers", object, finalizers: [...finalizers, finalizer] }];
  return has && !isUsed ? [{ do: "finalizers", object, finalizers: finalizers.filter((one) => one !== finalizer) }] : [];
};

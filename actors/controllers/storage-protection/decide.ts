// When the finalizers that admission gives to volumes, claims and classes of attributes go: nobody uses what is being
// deleted. Pure. upstream: pkg/controller/volume/{pvcprotection,pvprotection,vacprotection}
import type { V1PersistentVolume, V1PersistentVolumeClaim, V1Pod } from "#api/generated/types.ts";
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

const named = (...names: readonly (string | undefined)[]): readonly string[] =>
  names.filter((name) => name !== undefined && name !== "") as string[];

/** The class of attributes that a volume has. */
export const classesOfVolume = ({ spec }: V1PersistentVolume): readonly string[] => named(spec?.volumeAttributesClassName);

/** The classes of attributes that a claim wants, has, and is coming to have. */
export const classesOfClaim = ({ spec, status }: V1PersistentVolumeClaim): readonly string[] =>
  named(
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  );

/** Gives the finalizer to what lives without it, and takes it from what is being deleted and not used. */
export const decide = <T extends KubeObject>({ object, finalizer, isUsed }: Observed<T>): readonly Action<T>[] => {
  const { finalizers = [], deletionTimestamp } = object.metadata;
  const has = finalizers.includes(finalizer);
  if (deletionTimestamp === undefined) return has ? [] : [{ do: "finalizers", object, finalizers: [...finalizers, finalizer] }];
  return has && !isUsed ? [{ do: "finalizers", object, finalizers: finalizers.filter((one) => one !== finalizer) }] : [];
};

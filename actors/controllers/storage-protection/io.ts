// Reads and writes of the controllers that protect volumes, claims and classes of attributes in use.
import { CLAIM_PROTECTION, persistentVolumeClaims, type PersistentVolumeClaim } from "#api/core/v1/persistent-volume-claim.ts";
import { persistentVolumes, VOLUME_PROTECTION, type PersistentVolume } from "#api/core/v1/persistent-volume.ts";
import { pods } from "#api/core/v1/pod.ts";
import type { KubeObject, Stored } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { ignoreNotFound } from "#api/meta/status.ts";
import { CLASS_PROTECTION, volumeAttributesClasses, type VolumeAttributesClass } from "#api/storage/v1/volume-attributes-class.ts";
import { changesOf, defineController, ownKey, type ControllerDefinition, type Reach } from "#lib/controller.ts";
import { claimsOf, classesOfClaim, classesOfVolume, decide, isVolumeUsed, type Action, type Observed } from "./decide.ts";

const setFinalizers = async <T extends KubeObject>(
  resource: Resource<T>,
  { object, finalizers }: Action<T>,
  reach: Reach,
): Promise<void> => {
  const changed = { ...object, metadata: { ...object.metadata, finalizers } } as unknown as T;
  await reach.client.update(resource, changed, {}, reach.signal).catch(ignoreNotFound);
};

const keysOfPod = (pod: Stored): readonly string[] => claimsOf(pod).map((name) => `${pod.metadata.namespace ?? ""}/${name}`);

/** Keeps claims as long as pods use them. */
export const claimProtectionController: ControllerDefinition = defineController<
  Observed<PersistentVolumeClaim>,
  Action<PersistentVolumeClaim>
>("pvc-protection-controller", ({ informers }) => {
  const claims = informers.of(persistentVolumeClaims);
  const users = informers.of(pods, { indexers: { claim: keysOfPod } });
  return {
    watches: [changesOf(claims, ownKey), changesOf(users, keysOfPod, ({ type }) => type !== "added")],
    observe: (key) => {
      const object = claims.get(key);
      if (object === undefined) return undefined;
      return { object, finalizer: CLAIM_PROTECTION, isUsed: users.byIndex("claim", key).length > 0 };
    },
    decide,
    act: (action, reach) => setFinalizers(persistentVolumeClaims, action, reach),
  };
});

/** Keeps volumes as long as they are bound. */
export const volumeProtectionController: ControllerDefinition = defineController<Observed<PersistentVolume>, Action<PersistentVolume>>(
  "pv-protection-controller",
  ({ informers }) => {
    const volumes = informers.of(persistentVolumes);
    return {
      watches: [changesOf(volumes, ownKey)],
      observe: (key) => {
        const object = volumes.get(key);
        return object === undefined ? undefined : { object, finalizer: VOLUME_PROTECTION, isUsed: isVolumeUsed(object) };
      },
      decide,
      act: (action, reach) => setFinalizers(persistentVolumes, action, reach),
    };
  },
);

/** Keeps classes of attributes as long as volumes have them, or claims want them. */
export const classProtectionController: ControllerDefinition = defineController<
  Observed<VolumeAttributesClass>,
  Action<VolumeAttributesClass>
>("volumeattributesclass-protection-controller", ({ informers }) => {
  const classes = informers.of(volumeAttributesClasses);
  const volumes = informers.of(persistentVolumes, { indexers: { attributes: classesOfVolume } });
  const claims = informers.of(persistentVolumeClaims, { indexers: { attributes: classesOfClaim } });
  return {
    watches: [
      changesOf(classes, ownKey),
      changesOf(volumes, classesOfVolume, ({ type }) => type !== "added"),
      changesOf(claims, classesOfClaim, ({ type }) => type !== "added"),
    ],
    observe: (key) => {
      const object = classes.get(key);
      if (object === undefined) return undefined;
      const isUsed = [volumes, claims].some((users) => users.byIndex("attributes", key).length > 0);
      return { object, finalizer: CLASS_PROTECTION, isUsed };
    },
    decide,
    act: (action, reach) => setFinalizers(volumeAttributesClasses, action, reach),
  };
});

// Defaults of volumes, by source. upstream: pkg/apis/core/v1/defaults.go, zz_generated.defaults.go@v1.36
import type { V1DownwardAPIVolumeFile, V1ObjectFieldSelector, V1ResourceFieldSelector, V1Volume } from "#api/generated/types.ts";
import type { Draft } from "#api/meta/object.ts";
import { defaultClaimSpec } from "../persistent-volume-claim-spec.ts";
import { storedQuantity } from "../resource-list.ts";
import { defaultPullPolicy } from "./image.ts";

const FILE_MODE = 0o644;
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

type Refs = { fieldRef?: Draft<V1ObjectFieldSelector> | undefined; resourceFieldRef?: Draft<V1ResourceFieldSelector> | undefined };

/** References to fields of the pod itself: in the environment and in files of the downward API. */
export const defaultFieldRefs = ({ fieldRef, resourceFieldRef }: Refs): void => {
  if (fieldRef !== undefined) fieldRef.apiVersion ||= "v1";
  if (resourceFieldRef !== undefined) resourceFieldRef.divisor = storedQuantity(resourceFieldRef.divisor ?? "0");
};

const defaultFiles = (items: Draft<readonly V1DownwardAPIVolumeFile[]> | undefined): void => items?.forEach(defaultFieldRefs);

const defaultProjected = (projected: NonNullable<Draft<V1Volume>["projected"]>): void => {
  projected.defaultMode ??= FILE_MODE;
  for (const source of projected.sources ?? []) {
    defaultFiles(source.downwardAPI?.items);
    if (source.serviceAccountToken !== undefined) source.serviceAccountToken.expirationSeconds ??= HOUR_SECONDS;
    if (source.podCertificate !== undefined) source.podCertificate.maxExpirationSeconds ??= DAY_SECONDS;
  }
};

const defaultEphemeral = ({ volumeClaimTemplate }: NonNullable<Draft<V1Volume>["ephemeral"]>): void => {
  if (volumeClaimTemplate?.spec !== undefined) defaultClaimSpec(volumeClaimTemplate.spec);
};

type Sources = Required<Draft<Omit<V1Volume, "name">>>;

/** How each source is completed; a source that is not here has no defaults. */
const SOURCES: { readonly [K in keyof Sources]?: (source: NonNullable<Sources[K]>) => void } = {
  azureDisk: (disk) => {
    disk.cachingMode ??= "ReadWrite";
    disk.fsType ??= "ext4";
    disk.kind ??= "Shared";
    disk.readOnly ??= false;
  },
  configMap: (configMap) => void (configMap.defaultMode ??= FILE_MODE),
  downwardAPI: (downward) => {
    downward.defaultMode ??= FILE_MODE;
    defaultFiles(downward.items);
  },
  emptyDir: (dir) => {
    if (dir.sizeLimit !== undefined) dir.sizeLimit = storedQuantity(dir.sizeLimit);
  },
  ephemeral: defaultEphemeral,
  hostPath: (path) => void (path.type ??= ""),
  image: (image) => void (image.pullPolicy ||= defaultPullPolicy(image.reference)),
  iscsi: (iscsi) => void (iscsi.iscsiInterface ||= "default"),
  projected: defaultProjected,
  rbd: (rbd) => {
    rbd.pool ||= "rbd";
    rbd.user ||= "admin";
    rbd.keyring ||= "/etc/ceph/keyring";
  },
  scaleIO: (volume) => {
    volume.storageMode ||= "ThinProvisioned";
    volume.fsType ||= "xfs";
  },
  secret: (secret) => void (secret.defaultMode ??= FILE_MODE),
};

/** Completes a volume; one without any source is an empty directory. */
export const defaultVolume = (volume: Draft<V1Volume>): void => {
  const names = Object.keys(volume).filter((key) => key !== "name") as (keyof Sources)[];
  const given = names.filter((name) => volume[name] !== undefined);
  if (given.length === 0) volume.emptyDir = {};
  for (const name of given) (SOURCES[name] as ((source: unknown) => void) | undefined)?.(volume[name]);
};

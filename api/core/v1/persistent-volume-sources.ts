// Where the data of a PersistentVolume is: what upstream calls its source, one of many fields of its spec.
// upstream: pkg/apis/core/v1/defaults.go, pkg/apis/core/validation/validation.go
import type { V1CSIPersistentVolumeSource, V1PersistentVolumeSpec, V1SecretReference } from "#api/generated/types.ts";
import { broken, isEmpty, needed, type Check } from "#api/meta/check.ts";
import { required, tooLong } from "#api/meta/field-error.ts";
import { dns1123Subdomain } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";
import { checkNoBacksteps } from "./pod-spec/validate-paths.ts";
import { checkHostPath, requiring } from "./pod-spec/validate-volumes.ts";

const MAX_DRIVER_BYTES = 63;

const AZURE_DISK = { cachingMode: "ReadWrite", fsType: "ext4", kind: "Shared", readOnly: false } as const;

/** What stands for an empty text too. */
const TEXTS = {
  iscsi: { iscsiInterface: "default" },
  rbd: { pool: "rbd", user: "admin", keyring: "/etc/ceph/keyring" },
  scaleIO: { storageMode: "ThinProvisioned", fsType: "xfs" },
} as const;

/** Completes the source. */
export const defaultPersistentSources = (spec: Draft<V1PersistentVolumeSpec>): void => {
  const { azureDisk, hostPath } = spec;
  if (azureDisk !== undefined) Object.assign(azureDisk, { ...AZURE_DISK, ...azureDisk });
  if (hostPath !== undefined) hostPath.type ??= "";
  for (const [name, texts] of Object.entries(TEXTS)) {
    const source = spec[name as keyof typeof TEXTS] as Record<string, unknown> | undefined;
    if (source === undefined) continue;
    for (const [field, text] of Object.entries(texts)) source[field] ||= text;
  }
};

function* checkSecret(path: string, secret: V1SecretReference | undefined): Check {
  if (secret === undefined) return;
  yield* needed(`${path}.name`, secret.name);
  yield* needed(`${path}.namespace`, secret.namespace);
}

const SECRETS = ["controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef"] as const;

function* checkCsi(path: string, source: V1CSIPersistentVolumeSource): Check {
  const { driver = "", volumeHandle } = source;
  if (driver === "") yield required(`${path}.driver`);
  if (driver.length > MAX_DRIVER_BYTES) yield tooLong(`${path}.driver`, MAX_DRIVER_BYTES);
  yield* broken(`${path}.driver`, driver, dns1123Subdomain(driver.toLowerCase()));
  yield* needed(`${path}.volumeHandle`, volumeHandle);
  for (const name of SECRETS) yield* checkSecret(`${path}.${name}`, source[name]);
}

type Spec = Required<V1PersistentVolumeSpec>;

/** How each source is checked, in upstream's order: the first that a volume has is the one that counts. */
const SOURCES: { readonly [K in keyof Spec]?: (path: string, source: NonNullable<Spec[K]>) => Check } = {
  hostPath: checkHostPath,
  gcePersistentDisk: requiring("pdName"),
  awsElasticBlockStore: requiring("volumeID"),
  glusterfs: requiring("endpoints", "path"),
  flocker: (path, source) =>
    isEmpty(source.datasetName) && isEmpty(source.datasetUUID) ? [required(path, "one of datasetName and datasetUUID is required")] : [],
  nfs: requiring("server", "path"),
  rbd: requiring("monitors", "image"),
  quobyte: requiring("registry", "volume"),
  cephfs: requiring("monitors"),
  iscsi: requiring("targetPortal", "iqn"),
  cinder: requiring("volumeID"),
  fc: (path, { targetWWNs = [], wwids = [] }) =>
    targetWWNs.length + wwids.length === 0 ? [required(`${path}.targetWWNs`, "must specify either targetWWNs or wwids, but not both")] : [],
  flexVolume: requiring("driver"),
  azureFile: requiring("secretName", "shareName"),
  vsphereVolume: requiring("volumePath"),
  photonPersistentDisk: requiring("pdID"),
  portworxVolume: requiring("volumeID"),
  azureDisk: requiring("diskName", "diskURI"),
  scaleIO: requiring("gateway", "system", "volumeName"),
  local: function* (path, source) {
    yield* needed(`${path}.path`, source.path);
    if (!isEmpty(source.path)) yield* checkNoBacksteps(`${path}.path`, source.path);
  },
  storageos: requiring("volumeName"),
  csi: checkCsi,
};

/** The names of the fields that are sources. */
export const SOURCE_NAMES = Object.keys(SOURCES) as readonly (keyof V1PersistentVolumeSpec)[];

/** One source of a spec. */
export const checkPersistentSource = (path: string, name: keyof V1PersistentVolumeSpec, spec: V1PersistentVolumeSpec): Check =>
  (SOURCES[name] as ((path: string, source: unknown) => Check) | undefined)?.(`${path}.${name}`, spec[name]) ?? [];

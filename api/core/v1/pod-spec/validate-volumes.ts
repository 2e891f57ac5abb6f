// Volumes of a pod. Of drivers that no node here can have, only what is required is checked.
// upstream: pkg/apis/core/validation/validation.go (ValidateVolumes, validateVolumeSource)
import type { V1EphemeralVolumeSource, V1HostPathVolumeSource, V1PodSpec, V1Volume } from "#api/generated/types.ts";
import { broken, each, isEmpty, needed, neededAs, neededOneOf, oneOf, type Check } from "#api/meta/check.ts";
import { duplicate, forbiddenField, invalidValue, required } from "#api/meta/field-error.ts";
import { dns1123Label, dns1123Subdomain } from "#api/meta/names.ts";
import type { FieldError } from "#api/meta/status.ts";
import { checkAnnotations, checkLabels } from "#api/meta/validate-meta.ts";
import { checkClaimSpec } from "../persistent-volume-claim-validate.ts";
import { readQuantity } from "../resource-list.ts";
import { checkNoBacksteps } from "./validate-paths.ts";
import { checkConfigMapVolume, checkDownwardVolume, checkProjectedVolume, checkSecretVolume } from "./validate-volume-files.ts";

const HOST_PATH_TYPES: readonly string[] = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];
const PULL_POLICIES: readonly string[] = ["Always", "IfNotPresent", "Never"];
const MORE_THAN_ONE = "may not specify more than 1 volume type";

type Sources = Required<Omit<V1Volume, "name">>;
type SourceName = keyof Sources;
type SourceCheck<K extends SourceName> = (path: string, source: NonNullable<Sources[K]>) => Check;

/** A directory or file of the node. */
export function* checkHostPath(path: string, source: V1HostPathVolumeSource): Check {
  yield* needed(`${path}.path`, source.path);
  if (isEmpty(source.path)) return;
  yield* checkNoBacksteps(`${path}.path`, source.path);
  yield* oneOf(`${path}.type`, source.type, HOST_PATH_TYPES);
}

function* checkSizeLimit(path: string, limit: string | undefined): Check {
  const quantity = readQuantity(limit ?? "0");
  if (quantity === undefined || quantity.nano < 0n) yield forbiddenField(path, "SizeLimit field must be a valid resource quantity");
}

function* checkEphemeral(path: string, { volumeClaimTemplate: template }: V1EphemeralVolumeSource): Check {
  const at = `${path}.volumeClaimTemplate`;
  if (template === undefined) yield required(at);
  if (template === undefined) return;
  yield* checkAnnotations(`${at}.metadata.annotations`, template.metadata?.annotations);
  yield* checkLabels(`${at}.metadata.labels`, template.metadata?.labels);
  yield* checkClaimSpec(`${at}.spec`, template.spec ?? {});
}

/** Texts and lists that a driver cannot do without. */
export const requiring =
  (...fields: readonly string[]) =>
  (path: string, source: object): Check =>
    fields.flatMap((field) => {
      const value = (source as { readonly [field: string]: unknown })[field];
      return value === undefined || value === "" || (Array.isArray(value) && value.length === 0) ? [required(`${path}.${field}`)] : [];
    });

/** How each source is checked, in upstream's order: the first that a volume has is the one that counts. */
const SOURCES: { readonly [K in SourceName]: SourceCheck<K> } = {
  emptyDir: (path, { sizeLimit }) => checkSizeLimit(`${path}.sizeLimit`, sizeLimit),
  hostPath: checkHostPath,
  gitRepo: requiring("repository"),
  gcePersistentDisk: requiring("pdName"),
  awsElasticBlockStore: requiring("volumeID"),
  secret: checkSecretVolume,
  nfs: requiring("server", "path"),
  iscsi: requiring("targetPortal", "iqn"),
  glusterfs: requiring("endpoints", "path"),
  flocker: (path, source) =>
    isEmpty(source.datasetName) && isEmpty(source.datasetUUID) ? [required(path, "one of datasetName and datasetUUID is required")] : [],
  persistentVolumeClaim: requiring("claimName"),
  rbd: requiring("monitors", "image"),
  cinder: requiring("volumeID"),
  cephfs: requiring("monitors"),
  quobyte: requiring("registry", "volume"),
  downwardAPI: checkDownwardVolume,
  fc: (path, { targetWWNs = [], wwids = [] }) =>
    targetWWNs.length + wwids.length === 0 ? [required(`${path}.targetWWNs`, "must specify either targetWWNs or wwids, but not both")] : [],
  flexVolume: requiring("driver"),
  configMap: checkConfigMapVolume,
  azureFile: requiring("secretName", "shareName"),
  vsphereVolume: requiring("volumePath"),
  photonPersistentDisk: requiring("pdID"),
  portworxVolume: requiring("volumeID"),
  azureDisk: requiring("diskName", "diskURI"),
  storageos: requiring("volumeName"),
  projected: checkProjectedVolume,
  scaleIO: requiring("gateway", "system", "volumeName"),
  csi: requiring("driver"),
  ephemeral: checkEphemeral,
  image: function* (path, { pullPolicy, reference }) {
    yield* needed(`${path}.reference`, reference);
    yield* neededOneOf(`${path}.pullPolicy`, pullPolicy, PULL_POLICIES);
  },
};
const NAMES = Object.keys(SOURCES) as SourceName[];

function* checkSource(path: string, volume: V1Volume): Check {
  const [first, ...others] = NAMES.filter((name) => volume[name] !== undefined);
  if (first === undefined) yield required(path, "must specify a volume type");
  else yield* (SOURCES[first] as (path: string, source: unknown) => Check)(`${path}.${first}`, volume[first]);
  for (const name of others) yield forbiddenField(`${path}.${name}`, MORE_THAN_ONE);
}

function* checkClaimName(path: string, volume: V1Volume, podName: string | undefined): Check {
  if (volume.ephemeral === undefined || isEmpty(podName) || isEmpty(volume.name)) return;
  const claim = `${podName}-${volume.name}`;
  const reasons = dns1123Subdomain(claim).map((reason) => `PVC name ${JSON.stringify(claim)}: ${reason}`);
  yield* broken(`${path}.name`, volume.name, reasons);
}

function* checkVolume(path: string, volume: V1Volume, podName: string | undefined): Check {
  yield* checkSource(path, volume);
  yield* checkClaimName(path, volume, podName);
  yield* neededAs(`${path}.name`, volume.name, dns1123Label);
}

function* checkClaimNotCreated(path: string, { persistentVolumeClaim }: V1Volume, created: ReadonlySet<string>): Check {
  const claim = persistentVolumeClaim?.claimName;
  if (claim === undefined || !created.has(claim)) return;
  const detail = "must not reference a PVC that gets created for an ephemeral volume";
  yield invalidValue(`${path}.persistentVolumeClaim.claimName`, claim, detail);
}

/** The claims that a pod's ephemeral volumes will be; none are known before the pod has a name. */
const claimsOf = (volumes: V1PodSpec["volumes"], podName: string | undefined): ReadonlySet<string> =>
  new Set(
    isEmpty(podName) ? [] : (volumes ?? []).flatMap(({ ephemeral, name }) => (ephemeral === undefined ? [] : [`${podName}-${name}`])),
  );

/** Volumes found valid by name, and every error; `podName` only where the spec is a pod's. */
export const validateVolumes = (path: string, volumes: V1PodSpec["volumes"], podName: string | undefined) => {
  const valid = new Map<string, V1Volume>();
  const errors: FieldError[] = [];
  const created = claimsOf(volumes, podName);
  for (const [volume, at] of each(path, volumes)) {
    const own = [...checkVolume(at, volume, podName)];
    if (valid.has(volume.name)) own.push(duplicate(`${at}.name`, volume.name));
    if (own.length === 0) valid.set(volume.name, volume);
    errors.push(...own, ...checkClaimNotCreated(at, volume, created));
  }
  return { valid, errors };
};

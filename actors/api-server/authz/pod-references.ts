// The objects that a pod's node must be able to read to run it. upstream: pkg/api/v1/pod/util.go VisitPodSecretNames,
// VisitPodConfigmapNames; plugin/pkg/auth/authorizer/node/graph.go AddPod
import type { V1EphemeralContainer, V1Container, V1Pod, V1Volume, V1VolumeProjection } from "#api/generated/types.ts";

export type Referred = "secrets" | "configmaps" | "serviceaccounts" | "persistentvolumeclaims";

/** An object that a pod refers to, in its own namespace. */
export type Reference = { readonly resource: Referred; readonly name: string };

const MIRROR = "kubernetes.io/config.mirror";

/**
 * What a pod refers to. Nothing for a mirror pod: its node made it, and could otherwise give itself rights by naming objects.
 */
export const referencesOf = ({ metadata, spec }: V1Pod): readonly Reference[] => {
  if (metadata?.annotations?.[MIRROR] !== undefined || spec === undefined) return [];
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
  return [
    ...references("serviceaccounts", [spec.serviceAccountName]),
    ...references(
      "secrets",
      (spec.imagePullSecrets ?? []).map(({ name }) => name),
    ),
    ...containers.flatMap(ofEnvironment),
    ...(spec.volumes ?? []).flatMap((volume) => ofVolume(volume, metadata?.name ?? "")),
  ];
};

const references = (resource: Referred, names: readonly (string | undefined)[]): Reference[] =>
  names.flatMap((name) => (name === undefined || name === "" ? [] : [{ resource, name }]));

const ofEnvironment = ({ env = [], envFrom = [] }: V1Container | V1EphemeralContainer): readonly Reference[] => [
  ...references("secrets", [
    ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ...envFrom.map(({ secretRef }) => secretRef?.name),
  ]),
  ...references("configmaps", [
    ...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
    ...envFrom.map(({ configMapRef }) => configMapRef?.name),
  ]),
];

const ofVolume = (volume: V1Volume, pod: string): readonly Reference[] => [
  ...references("secrets", secretsOf(volume)),
  ...references("configmaps", [volume.configMap?.name]),
  ...references("persistentvolumeclaims", [
    volume.persistentVolumeClaim?.claimName,
    volume.ephemeral === undefined ? undefined : `${pod}-${volume.name}`,
  ]),
  ...(volume.projected?.sources ?? []).flatMap(ofProjection),
];

const ofProjection = ({ secret, configMap }: V1VolumeProjection): readonly Reference[] => [
  ...references("secrets", [secret?.name]),
  ...references("configmaps", [configMap?.name]),
];

const secretsOf = ({ secret, azureFile, csi, ...others }: V1Volume): readonly (string | undefined)[] => [
  secret?.secretName,
  azureFile?.secretName,
  csi?.nodePublishSecretRef?.name,
  ...[others.cephfs, others.cinder, others.flexVolume, others.iscsi, others.rbd, others.scaleIO, others.storageos].map(
    (source) => source?.secretRef?.name,
  ),
];

// ServiceAccount: every pod runs as an account, and gets a token for it.
// upstream: plugin/pkg/admission/serviceaccount/admission.go
import type { V1Container, V1PodSpec, V1ServiceAccount, V1Volume, V1VolumeMount } from "#api/generated/types.ts";
import { MIRROR_POD } from "#api/core/v1/pod-annotations.ts";
import { pods, type Pod } from "#api/core/v1/pod.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import type { Draft } from "#api/meta/object.ts";
import { nameSuffix } from "#lib/random.ts";
import { referencesOf } from "../../authz/pod-references.ts";
import { isFor, refuse, type Attributes, type Plugin, type Surroundings, type Verdict } from "../plugin.ts";

const DEFAULT_ACCOUNT = "default";
const VOLUME_PREFIX = "kube-api-access-";
const TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
/** An hour and a few seconds: marks tokens that the system, not a user, asked for. upstream: WarnOnlyBoundTokenExpiration */
const TOKEN_SECONDS = 3_607;
/** The default account of a new namespace is made a moment after it. */
const LOOKS = 10;
const LOOK_MS = 150;

const admit = (attributes: Attributes, around: Surroundings): Verdict | Promise<Verdict> => {
  if (attributes.operation !== "CREATE" || !isFor(attributes, pods)) return undefined;
  const pod = attributes.object as Draft<Pod>;
  if (isMirror(pod) || pod.spec === undefined) return undefined;
  const name = orElse(pod.spec.serviceAccountName, DEFAULT_ACCOUNT);
  pod.spec.serviceAccountName = name;
  pod.spec.serviceAccount = name;
  const account = around.find(serviceAccounts, attributes.namespace, name);
  return account === undefined ? lookAgain(attributes, around, pod.spec) : give(pod.spec, account, around);
};

const lookAgain = async (attributes: Attributes, around: Surroundings, spec: Draft<V1PodSpec>): Promise<Verdict> => {
  const { serviceAccountName: name = "" } = spec;
  const { namespace } = attributes;
  await around.catchUp(serviceAccounts);
  const find = (): V1ServiceAccount | undefined => around.find(serviceAccounts, namespace, name);
  const looks = name === DEFAULT_ACCOUNT ? LOOKS : 1;
  for (let look = 1; look < looks && find() === undefined; look++) await around.pause(LOOK_MS);
  const account = find();
  if (account === undefined)
    return refuse(attributes, `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`);
  return give(spec, account, around);
};

const give = (spec: Draft<V1PodSpec>, account: V1ServiceAccount, around: Surroundings): undefined => {
  if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(spec, around);
  if ((spec.imagePullSecrets ?? []).length === 0 && (account.imagePullSecrets ?? []).length > 0) {
    spec.imagePullSecrets = (account.imagePullSecrets ?? []).map(({ name }) => ({ name }));
  }
};

const mountToken = (spec: Draft<V1PodSpec>, { random }: Surroundings): void => {
  const present = spec.volumes?.find(({ name }) => name.startsWith(VOLUME_PREFIX));
  const name = present?.name ?? VOLUME_PREFIX + nameSuffix(random);
  const containers = containersOf(spec).filter((container) => !hasOwnToken(container));
  for (const container of containers) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: TOKEN_PATH } satisfies V1VolumeMount];
  }
  if (present === undefined && containers.length > 0) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
};

/** Nothing has been validated yet. */
const containersOf = ({ initContainers, containers }: Partial<Draft<V1PodSpec>>): Draft<V1Container>[] => [
  ...(initContainers ?? []),
  ...(containers ?? []),
];

const hasOwnToken = ({ volumeMounts }: V1Container): boolean => volumeMounts?.some(({ mountPath }) => mountPath === TOKEN_PATH) === true;

/** upstream: serviceaccount.TokenVolumeSource */
const tokenVolume = (name: string): Draft<V1Volume> => ({
  name,
  projected: {
    defaultMode: 0o644,
    sources: [
      { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      { downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] } },
    ],
  },
});

const validate = (attributes: Attributes): Verdict => {
  if (attributes.operation !== "CREATE" || !isFor(attributes, pods)) return undefined;
  const pod = attributes.object as Pod;
  const why = isMirror(pod) ? mirrorFault(pod) : undefined;
  return why === undefined ? undefined : refuse(attributes, why);
};

/** What a pod that only mirrors what a node runs by itself may not ask for. */
const mirrorFault = ({ spec }: Pod): string | undefined => {
  if (orElse(spec?.serviceAccountName, "") !== "") return "a mirror pod may not reference service accounts";
  if (referencesOf({ spec }).some(({ resource }) => resource === "secrets")) return "a mirror pod may not reference secrets";
  const tokens = spec?.volumes?.some(
    ({ projected }) => projected?.sources?.some((source) => source.serviceAccountToken !== undefined) === true,
  );
  return tokens === true ? "a mirror pod may not use ServiceAccountToken volume projections" : undefined;
};

const isMirror = ({ metadata }: Pod): boolean => metadata?.annotations?.[MIRROR_POD] !== undefined;

const orElse = (text: string | undefined, otherwise: string): string => (text === undefined || text === "" ? otherwise : text);

export const serviceAccount: Plugin = { name: "ServiceAccount", admit, validate };

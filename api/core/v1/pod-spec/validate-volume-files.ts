// Volumes whose files Kubernetes writes: ConfigMaps, Secrets, the downward API, and projections of several.
// upstream: pkg/apis/core/validation/validation.go (validateSecretVolumeSource, validateProjectionSources, …)
import type {
  V1ClusterTrustBundleProjection,
  V1ConfigMapVolumeSource,
  V1DownwardAPIVolumeFile,
  V1DownwardAPIVolumeSource,
  V1KeyToPath,
  V1PodCertificateProjection,
  V1ProjectedVolumeSource,
  V1SecretVolumeSource,
  V1ServiceAccountTokenProjection,
  V1VolumeProjection,
} from "#api/generated/types.ts";
import { each, isEmpty, needed, type Check } from "#api/meta/check.ts";
import { forbiddenField, invalidValue, required } from "#api/meta/field-error.ts";
import { checkLabelSelector } from "#api/meta/validate-selector.ts";
import { checkNonReserved } from "./validate-paths.ts";
import { checkFieldRef, checkResourceRef } from "./validate-refs.ts";

const MAX_MODE = 0o777;
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;
const DOWNWARD_FIELDS: readonly string[] = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];

function* checkMode(path: string, mode: number | undefined): Check {
  if (mode !== undefined && (mode < 0 || mode > MAX_MODE)) {
    yield invalidValue(path, mode, "must be a number between 0 and 0777 (octal), both inclusive");
  }
}

function* checkItem(path: string, { key, path: target, mode }: V1KeyToPath): Check {
  yield* needed(`${path}.key`, key);
  yield* needed(`${path}.path`, target);
  yield* checkNonReserved(`${path}.path`, target ?? "");
  yield* checkMode(`${path}.mode`, mode);
}

function* checkItems(path: string, items: readonly V1KeyToPath[] | undefined): Check {
  for (const [item, at] of each(`${path}.items`, items)) yield* checkItem(at, item);
}

/** A Secret as files. */
export function* checkSecretVolume(path: string, source: V1SecretVolumeSource): Check {
  yield* needed(`${path}.secretName`, source.secretName);
  yield* checkMode(`${path}.defaultMode`, source.defaultMode);
  yield* checkItems(path, source.items);
}

/** A ConfigMap as files. */
export function* checkConfigMapVolume(path: string, source: V1ConfigMapVolumeSource): Check {
  yield* needed(`${path}.name`, source.name);
  yield* checkMode(`${path}.defaultMode`, source.defaultMode);
  yield* checkItems(path, source.items);
}

function* checkDownwardFile(path: string, file: V1DownwardAPIVolumeFile): Check {
  yield* needed(`${path}.path`, file.path);
  yield* checkNonReserved(`${path}.path`, file.path ?? "");
  if (file.fieldRef !== undefined) {
    yield* checkFieldRef(`${path}.fieldRef`, file.fieldRef, DOWNWARD_FIELDS);
    if (file.resourceFieldRef !== undefined) {
      yield invalidValue(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
    }
  } else if (file.resourceFieldRef !== undefined) yield* checkResourceRef(`${path}.resourceFieldRef`, file.resourceFieldRef, true);
  else yield required(path, "one of fieldRef and resourceFieldRef is required");
  yield* checkMode(`${path}.mode`, file.mode);
}

/** Fields of the pod itself as files. */
export function* checkDownwardVolume(path: string, source: V1DownwardAPIVolumeSource): Check {
  yield* checkMode(`${path}.defaultMode`, source.defaultMode);
  for (const file of source.items ?? []) yield* checkDownwardFile(path, file);
}

function* checkToken(path: string, at: string, token: V1ServiceAccountTokenProjection): Check {
  const seconds = token.expirationSeconds ?? 0;
  if (seconds < MIN_TOKEN_SECONDS) {
    yield invalidValue(`${at}.expirationSeconds`, seconds, "may not specify a duration less than 10 minutes");
  }
  if (seconds > MAX_TOKEN_SECONDS) {
    yield invalidValue(`${at}.expirationSeconds`, seconds, "may not specify a duration larger than 2^32 seconds");
  }
  yield* needed(`${path}.path`, token.path);
  if (!isEmpty(token.path)) yield* checkNonReserved(`${path}.path`, token.path);
}

function* checkTrustBundle(at: string, bundle: V1ClusterTrustBundleProjection): Check {
  const { name, signerName, labelSelector } = bundle;
  if (name !== undefined && signerName !== undefined) yield invalidValue(at, bundle, "only one of name and signerName may be used");
  else if (name !== undefined) {
    yield* needed(`${at}.name`, name, "must be a valid object name");
    if (labelSelector !== undefined) {
      yield invalidValue(`${at}.labelSelector`, labelSelector, "labelSelector must be unset if name is specified");
    }
  } else if (signerName !== undefined) {
    yield* needed(`${at}.signerName`, signerName, "must be a valid signer name");
    yield* checkLabelSelector(`${at}.labelSelector`, labelSelector);
  } else yield required(at, "either name or signerName must be specified");
  yield* needed(`${at}.path`, bundle.path);
  yield* checkNonReserved(`${at}.path`, bundle.path ?? "");
}

const certificatePaths = (certificate: V1PodCertificateProjection): readonly string[] =>
  [certificate.credentialBundlePath, certificate.keyPath, certificate.certificateChainPath].filter((path) => !isEmpty(path)) as string[];

function* checkCertificate(at: string, certificate: V1PodCertificateProjection): Check {
  yield* needed(`${at}.signerName`, certificate.signerName);
  yield* needed(`${at}.keyType`, certificate.keyType);
  const paths = certificatePaths(certificate);
  if (paths.length === 0) yield required(at, "must specify at least one of credentialBundlePath, keyPath, or certificateChainPath");
  for (const path of paths) yield* checkNonReserved(at, path);
}

function* checkProjection(path: string, at: string, source: V1VolumeProjection): Check {
  for (const kind of ["secret", "configMap"] as const) {
    const projection = source[kind];
    if (projection === undefined) continue;
    yield* needed(`${at}.${kind}.name`, projection.name);
    yield* checkItems(`${at}.${kind}`, projection.items);
  }
  for (const file of source.downwardAPI?.items ?? []) yield* checkDownwardFile(`${at}.downwardAPI`, file);
  if (source.serviceAccountToken !== undefined) yield* checkToken(path, `${at}.serviceAccountToken`, source.serviceAccountToken);
  if (source.clusterTrustBundle !== undefined) yield* checkTrustBundle(`${at}.clusterTrustBundle`, source.clusterTrustBundle);
  if (source.podCertificate !== undefined) yield* checkCertificate(`${at}.podCertificate`, source.podCertificate);
  if (Object.values(source).filter((value) => value !== undefined).length > 1) {
    yield forbiddenField(at, "may not specify more than 1 volume type per source");
  }
}

type Target = { readonly path: string; readonly value: string };

/** The files that a projection writes, and what an error about one of them shows. */
const targetsOf = (source: V1VolumeProjection): readonly Target[] => {
  const items = [source.secret, source.configMap].flatMap((projection) =>
    (projection?.items ?? []).map(({ path }) => ({ path, value: projection?.name ?? "" })),
  );
  const own = [...(source.downwardAPI?.items ?? []).map(({ path }) => path), source.clusterTrustBundle?.path];
  const certificate = source.podCertificate === undefined ? [] : certificatePaths(source.podCertificate);
  const named = [...own, ...certificate].filter((path) => path !== undefined).map((path) => ({ path, value: path }));
  return [...items, ...named].filter(({ path }) => !isEmpty(path));
};

/** Several sources in one directory: no two of them write the same file. */
export function* checkProjectedVolume(path: string, source: V1ProjectedVolumeSource): Check {
  yield* checkMode(`${path}.defaultMode`, source.defaultMode);
  const taken = new Set<string>();
  for (const [projection, at] of each(`${path}.sources`, source.sources)) {
    yield* checkProjection(path, at, projection);
    for (const target of targetsOf(projection)) {
      if (taken.has(target.path)) yield invalidValue(path, target.value, "conflicting duplicate paths");
      taken.add(target.path);
    }
  }
}

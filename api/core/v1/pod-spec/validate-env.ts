// Environments of containers. upstream: pkg/apis/core/validation/validation.go (ValidateEnv, ValidateEnvFrom)
import type { V1EnvFromSource, V1EnvVar, V1EnvVarSource, V1FileKeySelector } from "#api/generated/types.ts";
import { each, isEmpty, needed, neededAs, optionalAs, type Check } from "#api/meta/check.ts";
import { invalidValue, valueNotFound } from "#api/meta/field-error.ts";
import { dns1123Label, dns1123Subdomain, relaxedEnvVarName } from "#api/meta/names.ts";
import type { PodContext } from "./context.ts";
import { checkNonReserved } from "./validate-paths.ts";
import { checkFieldRef, checkKeyRef, checkResourceRef } from "./validate-refs.ts";

const FIELDS: readonly string[] = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
const ONE_OF = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
const TOO_MANY = "may not have more than one field specified at a time";

const given = (source: object): number => Object.values(source).filter((value) => value !== undefined).length;

/** A file that another container of the pod writes into an emptyDir. */
function* checkFileRef(path: string, ref: V1FileKeySelector, { volumes }: PodContext): Check {
  yield* neededAs(`${path}.volumeName`, ref.volumeName, dns1123Label);
  yield* needed(`${path}.path`, ref.path);
  if (!isEmpty(ref.path)) yield* checkNonReserved(`${path}.path`, ref.path);
  yield* neededAs(`${path}.key`, ref.key, relaxedEnvVarName);
  if (isEmpty(ref.volumeName)) return;
  const volume = volumes.get(ref.volumeName);
  if (volume === undefined) yield valueNotFound(`${path}.volumeName`, ref.volumeName);
  else if (volume.emptyDir === undefined) yield invalidValue(`${path}.volumeName`, ref.volumeName, "must be a volume of type emptyDir");
}

function* checkSource(path: string, source: V1EnvVarSource, context: PodContext): Check {
  if (source.fieldRef !== undefined) yield* checkFieldRef(`${path}.fieldRef`, source.fieldRef, FIELDS);
  if (source.resourceFieldRef !== undefined) yield* checkResourceRef(`${path}.resourceFieldRef`, source.resourceFieldRef, false);
  if (source.configMapKeyRef !== undefined) yield* checkKeyRef(`${path}.configMapKeyRef`, source.configMapKeyRef);
  if (source.secretKeyRef !== undefined) yield* checkKeyRef(`${path}.secretKeyRef`, source.secretKeyRef);
  if (source.fileKeyRef !== undefined) yield* checkFileRef(`${path}.fileKeyRef`, source.fileKeyRef, context);
}

function* checkValueFrom(path: string, { value, valueFrom }: V1EnvVar, context: PodContext): Check {
  if (valueFrom === undefined) return;
  yield* checkSource(path, valueFrom, context);
  const sources = given(valueFrom);
  if (sources === 0) yield invalidValue(path, "", ONE_OF);
  else if (!isEmpty(value)) yield invalidValue(path, "", "may not be specified when `value` is not empty");
  else if (sources > 1) yield invalidValue(path, "", TOO_MANY);
}

/** Variables of a container. */
export function* checkEnv(path: string, env: readonly V1EnvVar[] | undefined, context: PodContext): Check {
  for (const [variable, at] of each(path, env)) {
    yield* neededAs(`${at}.name`, variable.name, relaxedEnvVarName);
    yield* checkValueFrom(`${at}.valueFrom`, variable, context);
  }
}

/** Whole ConfigMaps and Secrets as variables of a container. */
export function* checkEnvFrom(path: string, sources: readonly V1EnvFromSource[] | undefined): Check {
  for (const [{ prefix, configMapRef, secretRef }, at] of each(path, sources)) {
    yield* optionalAs(`${at}.prefix`, prefix, relaxedEnvVarName);
    if (configMapRef !== undefined) yield* neededAs(`${at}.configMapRef.name`, configMapRef.name, dns1123Subdomain);
    if (secretRef !== undefined) yield* neededAs(`${at}.secretRef.name`, secretRef.name, dns1123Subdomain);
    const sourcesGiven = given({ configMapRef, secretRef });
    if (sourcesGiven === 0) yield invalidValue(path, "", "must specify one of: `configMapRef` or `secretRef`");
    else if (sourcesGiven > 1) yield invalidValue(path, "", TOO_MANY);
  }
}

// The environment and the command line of a container, from its spec and from everything that it refers to. Pure.
// upstream: pkg/kubelet/kubelet_pods.go makeEnvironmentVariables
//
// E1 a name has one value: env is stronger than envFrom, both than services. E2 a value may refer to what stands before it.
import type { V1Container, V1EnvFromSource, V1EnvVar, V1EnvVarSource } from "#api/generated/types.ts";
import { relaxedEnvVarName } from "#api/meta/names.ts";
import { DownwardError, fieldValue, resourceValue, type NodeFacts } from "./downward.ts";
import { expand } from "./expand.ts";
import type { BoundPod } from "../pod/containers.ts";
import { StartError, type Environment } from "../pod/services.ts";

/** The texts of a config map or secret; undefined: it does not exist. */
export type Texts = { readonly [key: string]: string } | undefined;

/** What is read for a container's environment. */
export type Sources = {
  readonly node: NodeFacts;
  readonly services: ReadonlyMap<string, string>;
  readonly configMaps: ReadonlyMap<string, Texts>;
  readonly secrets: ReadonlyMap<string, Texts>;
};

/** Names that envFrom has left out, with the object they came from. */
export type Skipped = { readonly from: string; readonly names: readonly string[] };
export type Made = { readonly environment: Environment; readonly skipped: readonly Skipped[] };

/** Names of config maps and secrets. */
export type References = { readonly configMaps: ReadonlySet<string>; readonly secrets: ReadonlySet<string> };

const present = (names: readonly (string | undefined)[]): ReadonlySet<string> => new Set(names.filter((name) => name !== undefined));

/** The config maps and secrets that a container's environment refers to. */
export const referencesOf = ({ env = [], envFrom = [] }: V1Container): References => {
  const from = env.map(({ valueFrom }) => valueFrom);
  return {
    configMaps: present([...envFrom.map((each) => each.configMapRef?.name), ...from.map((each) => each?.configMapKeyRef?.name)]),
    secrets: present([...envFrom.map((each) => each.secretRef?.name), ...from.map((each) => each?.secretKeyRef?.name)]),
  };
};

const configError = (message: string): StartError => new StartError("create", "CreateContainerConfigError", message, `Error: ${message}`);

/** A config map or secret, as messages call it and as it was read. */
type Found = { readonly kind: "ConfigMap" | "Secret"; readonly word: string; readonly name: string; readonly data: Texts };

const configMap = ({ configMaps }: Sources, name = ""): Found => ({
  kind: "ConfigMap",
  word: "configMap",
  name,
  data: configMaps.get(name),
});
const secret = ({ secrets }: Sources, name = ""): Found => ({ kind: "Secret", word: "secret", name, data: secrets.get(name) });

const keyOf = (
  { kind, name, data }: Found,
  { key, optional = false }: { key: string; optional?: boolean | undefined },
  namespace: string,
) => {
  const value = data?.[key];
  if (value !== undefined || optional) return value;
  if (data === undefined) throw configError(`${kind.toLowerCase()} "${name}" not found`);
  throw configError(`couldn't find key ${key} in ${kind} ${namespace}/${name}`);
};

const valueFrom = (from: V1EnvVarSource, container: V1Container, pod: BoundPod, sources: Sources): string | undefined => {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = from;
  const namespace = pod.metadata.namespace ?? "";
  if (fieldRef !== undefined) return fieldValue(fieldRef, pod, sources.node);
  if (resourceFieldRef !== undefined) {
    const named = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].find(({ name }) => name === resourceFieldRef.containerName);
    return resourceValue(resourceFieldRef, named ?? container, sources.node);
  }
  if (configMapKeyRef !== undefined) return keyOf(configMap(sources, configMapKeyRef.name), configMapKeyRef, namespace);
  if (secretKeyRef !== undefined) return keyOf(secret(sources, secretKeyRef.name), secretKeyRef, namespace);
  return undefined;
};

const foundBy = ({ configMapRef, secretRef }: V1EnvFromSource, sources: Sources): Found =>
  configMapRef === undefined ? secret(sources, secretRef?.name) : configMap(sources, configMapRef.name);

/** Adds everything that the object holds; the answer is what it could not add. */
const addAll = (from: V1EnvFromSource, sources: Sources, values: Map<string, string>): Skipped => {
  const { kind, word, name, data } = foundBy(from, sources);
  const optional = (from.configMapRef ?? from.secretRef)?.optional === true;
  if (data === undefined && !optional) throw configError(`${kind.toLowerCase()} "${name}" not found`);
  const names: string[] = [];
  for (const [key, value] of Object.entries(data ?? {})) {
    const variable = (from.prefix ?? "") + key;
    if (relaxedEnvVarName(variable).length > 0) names.push(key);
    else values.set(variable, value);
  }
  return { from: `${word} ${name}`, names: names.toSorted() };
};

const valueOf = (variable: V1EnvVar, values: ReadonlyMap<string, string>, made: (from: V1EnvVarSource) => string | undefined) => {
  const { value = "", valueFrom: from } = variable;
  return from === undefined ? expand(value, values).text : made(from);
};

/** The container's environment, command and arguments. Throws: StartError when something that it needs is not there. */
export const environmentOf = (pod: BoundPod, container: V1Container, sources: Sources): Made => {
  const own = new Map<string, string>();
  const known = new Map(sources.services);
  const skipped = (container.envFrom ?? []).map((from) => addAll(from, sources, own)).filter(({ names }) => names.length > 0);
  for (const [name, value] of own) known.set(name, value);
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, known, (from) => readable(() => valueFrom(from, container, pod, sources)));
    if (value === undefined) continue;
    own.set(variable.name, value);
    known.set(variable.name, value);
  }
  const env = Array.from(new Map([...own, ...[...sources.services].filter(([name]) => !own.has(name))]), ([name, value]) => ({
    name,
    value,
  }));
  const words = (texts: readonly string[] | undefined): readonly string[] | undefined => texts?.map((text) => expand(text, known).text);
  return { environment: { env, command: words(container.command), args: words(container.args) }, skipped };
};

const readable = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw error instanceof DownwardError ? configError(error.message) : error;
  }
};

// What a volume of a pod holds, from its spec and from everything that it refers to. Pure.
// upstream: pkg/volume/{configmap,secret,downwardapi,projected,emptydir,hostpath}
import type {
  V1ConfigMapProjection,
  V1DownwardAPIVolumeFile,
  V1KeyToPath,
  V1ServiceAccountTokenProjection,
  V1Volume,
  V1VolumeProjection,
} from "#api/generated/types.ts";
import { quantityValue } from "#api/meta/quantity.ts";
import { fieldValue, resourceValue, type NodeFacts } from "../environment/downward.ts";
import type { References } from "../environment/env.ts";
import type { BoundPod } from "../pod/containers.ts";
import { VolumeError, type VolumeContent, type VolumeFile } from "./volumes.ts";

/** The data of a config map or secret; undefined: it does not exist. */
export type Bytes = { readonly [key: string]: Uint8Array } | undefined;

/** What is read for a volume. */
export type VolumeSources = {
  readonly pod: BoundPod;
  readonly node: NodeFacts;
  readonly configMaps: ReadonlyMap<string, Bytes>;
  readonly secrets: ReadonlyMap<string, Bytes>;
  /** Tokens by the path of their projection. */
  readonly tokens: ReadonlyMap<string, string>;
};

const DEFAULT_MODE = 0o644;
const encoder = new TextEncoder();

/** A projection that volumes are made of: the four kinds of volumes, and the parts of a projected one. */
type Part = Pick<V1VolumeProjection, "configMap" | "secret" | "downwardAPI" | "serviceAccountToken">;

const partsOf = ({ configMap, secret, downwardAPI, projected }: V1Volume): readonly Part[] => {
  if (configMap !== undefined) return [{ configMap }];
  if (secret !== undefined) return [{ secret: { ...secret, name: secret.secretName } }];
  if (downwardAPI !== undefined) return [{ downwardAPI }];
  return projected?.sources ?? [];
};

const defaultMode = ({ configMap, secret, downwardAPI, projected }: V1Volume): number =>
  (configMap ?? secret ?? downwardAPI ?? projected)?.defaultMode ?? DEFAULT_MODE;

/** The config maps and secrets that a volume is made of. */
export const volumeReferences = (volume: V1Volume): References => {
  const parts = partsOf(volume);
  return {
    configMaps: new Set(parts.flatMap(({ configMap }) => configMap?.name ?? [])),
    secrets: new Set(parts.flatMap(({ secret }) => secret?.name ?? [])),
  };
};

/** The tokens that a volume holds. */
export const volumeTokens = (volume: V1Volume): readonly V1ServiceAccountTokenProjection[] =>
  partsOf(volume).flatMap(({ serviceAccountToken }) => serviceAccountToken ?? []);

const file = (path: string, data: Uint8Array, mode: number): VolumeFile => ({ path, data, mode });

type Keyed = { readonly word: "config" | "secret"; readonly data: Bytes; readonly mode: number };

const chosen = ({ word, data = {}, mode }: Keyed, items: readonly V1KeyToPath[], optional: boolean): readonly VolumeFile[] =>
  items.flatMap(({ key, path, mode: own = mode }) => {
    const bytes = data[key];
    if (bytes !== undefined) return file(path, bytes, own);
    if (optional) return [];
    throw new VolumeError(`${word === "config" ? "configmap " : ""}references non-existent ${word} key: ${key}`);
  });

const keyed = (source: Keyed, { name, items, optional = false }: V1ConfigMapProjection): readonly VolumeFile[] => {
  if (source.data === undefined && !optional)
    throw new VolumeError(`${source.word === "config" ? "configmap" : "secret"} "${name ?? ""}" not found`);
  if (items !== undefined && items.length > 0) return chosen(source, items, optional);
  return Object.entries(source.data ?? {}).map(([key, bytes]) => file(key, bytes, source.mode));
};

const downward = ({ path, fieldRef, resourceFieldRef, mode }: V1DownwardAPIVolumeFile, { pod, node }: VolumeSources, otherwise: number) => {
  const container = pod.spec.containers.find(({ name }) => name === resourceFieldRef?.containerName);
  if (fieldRef !== undefined) return file(path, encoder.encode(fieldValue(fieldRef, pod, node)), mode ?? otherwise);
  if (resourceFieldRef === undefined || container === undefined) throw new VolumeError(`downward API file "${path}" refers to nothing`);
  return file(path, encoder.encode(resourceValue(resourceFieldRef, container, node)), mode ?? otherwise);
};

const filesOf = (part: Part, sources: VolumeSources, mode: number): readonly VolumeFile[] => {
  const { configMap, secret, downwardAPI, serviceAccountToken } = part;
  if (configMap !== undefined) return keyed({ word: "config", data: sources.configMaps.get(configMap.name ?? ""), mode }, configMap);
  if (secret !== undefined) return keyed({ word: "secret", data: sources.secrets.get(secret.name ?? ""), mode }, secret);
  if (downwardAPI !== undefined) return (downwardAPI.items ?? []).map((item) => downward(item, sources, mode));
  if (serviceAccountToken === undefined) throw new VolumeError(`projection of "${Object.keys(part).join()}" is not supported`);
  const { path } = serviceAccountToken;
  return [file(path, encoder.encode(sources.tokens.get(path) ?? ""), mode)];
};

/** The volume's content. A later file of a projected volume replaces an earlier one. Throws: VolumeError, DownwardError. */
export const volumeContent = (volume: V1Volume, sources: VolumeSources): VolumeContent => {
  const { emptyDir, hostPath } = volume;
  if (emptyDir !== undefined) {
    const { medium = "", sizeLimit } = emptyDir;
    return { type: "emptyDir", medium, sizeLimitBytes: sizeLimit === undefined ? undefined : quantityValue(sizeLimit) };
  }
  if (hostPath !== undefined) return { type: "hostPath", path: hostPath.path, expect: hostPath.type ?? "" };
  const parts = partsOf(volume);
  if (parts.length === 0 && volume.projected === undefined) {
    throw new VolumeError(
      `volumes of type ${Object.keys(volume)
        .filter((key) => key !== "name")
        .join()} are not supported`,
    );
  }
  const files = parts.flatMap((part) => filesOf(part, sources, defaultMode(volume)));
  return { type: "files", files: [...new Map(files.map((each) => [each.path, each])).values()] };
};

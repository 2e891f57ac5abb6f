// Joins what the pods of a node share to the parts of the kubelet that provide it.
import type { RuntimeClass } from "#api/node/v1/runtime-class.ts";
import { pods } from "#api/core/v1/pod.ts";
import type { Service } from "#api/core/v1/service.ts";
import { isReason } from "#api/meta/status.ts";
import type { Informer } from "#lib/informer.ts";
import type { Happening } from "#lib/event-recorder.ts";
import { ContainerError, type SandboxConfig } from "#runtime/port.ts";
import type { NodeFacts } from "./environment/downward.ts";
import { environmentOf, referencesOf, type Texts } from "./environment/env.ts";
import { hooks } from "./hooks.ts";
import { ensureImage } from "./images/images.ts";
import type { PodObjects } from "./objects.ts";
import type { PodVolumes } from "./volumes/pod-volumes.ts";
import { fieldPathOf, type BoundPod, type PodContainer } from "./pod/containers.ts";
import type { Environment } from "./pod/services.ts";
import type { PodsPorts } from "./pods.ts";
import type { KubeletConfig, KubeletPorts } from "./ports.ts";
import type { Prober } from "./probe/prober.ts";
import { registryAuth } from "./images/registry-auth.ts";
import { sandboxConfig } from "./sandbox-config.ts";
import { serviceEnvironment } from "./environment/service-env.ts";
import type { Statuses } from "./statuses.ts";

/** The parts of a kubelet that its pods use. */
export type Parts = {
  readonly ports: KubeletPorts;
  readonly config: KubeletConfig;
  readonly record: (pod: BoundPod, happening: Happening) => void;
  readonly objects: PodObjects;
  readonly volumes: PodVolumes;
  readonly prober: Prober;
  readonly statuses: Statuses;
  readonly services: Informer<Service>;
  readonly runtimeClasses: Informer<RuntimeClass>;
  readonly nodeFacts: () => Omit<NodeFacts, "podIps">;
  /** Its User-Agent towards containers. */
  readonly agent: string;
};

const plain = (data: { readonly [key: string]: string } | undefined): Texts =>
  Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, new TextDecoder().decode(Uint8Array.fromBase64(value))]));

const readTexts = async ({ objects }: Parts, pod: BoundPod, container: PodContainer, signal: AbortSignal) => {
  const { namespace = "" } = pod.metadata;
  const references = referencesOf(container.spec);
  const configMaps = Array.from(references.configMaps, async (name): Promise<readonly [string, Texts]> => {
    const found = await objects.configMap(namespace, name, signal);
    return [name, found && (found.data ?? {})];
  });
  const secrets = Array.from(references.secrets, async (name): Promise<readonly [string, Texts]> => {
    const found = await objects.secret(namespace, name, signal);
    return [name, found && plain(found.data)];
  });
  return { configMaps: new Map(await Promise.all(configMaps)), secrets: new Map(await Promise.all(secrets)) };
};

type EnvironmentPort = PodsPorts["services"]["environmentOf"];

const environment =
  (parts: Parts): EnvironmentPort =>
  async (pod, container, podIps, signal): Promise<Environment> => {
    const { enableServiceLinks = true } = pod.spec;
    const services = serviceEnvironment(parts.services.values(), pod.metadata.namespace ?? "", enableServiceLinks);
    const sources = { ...(await readTexts(parts, pod, container, signal)), services, node: { ...parts.nodeFacts(), podIps } };
    const made = environmentOf(pod, container.spec, sources);
    for (const { from, names } of made.skipped) {
      const [kind = "", name = ""] = from.split(" ");
      const keys = `Keys [${names.join(", ")}] from the EnvFrom ${kind} ${pod.metadata.namespace ?? ""}/${name}`;
      const message = `${keys} were skipped since they are considered invalid environment variable names.`;
      parts.record(pod, { type: "Warning", reason: "InvalidEnvironmentVariableNames", message, fieldPath: fieldPathOf(container) });
    }
    return made.environment;
  };

const sandboxOf = ({ config, runtimeClasses }: Parts, pod: BoundPod): SandboxConfig => {
  const { runtimeClassName = "" } = pod.spec;
  const found = runtimeClassName === "" ? undefined : runtimeClasses.get(runtimeClassName);
  if (runtimeClassName !== "" && found === undefined) {
    throw new ContainerError("CreateContainerError", `failed to get sandbox runtime: RuntimeClass "${runtimeClassName}" not found`);
  }
  return sandboxConfig(pod, found?.handler ?? "", config);
};

const authOf = async ({ objects }: Parts, pod: BoundPod, signal: AbortSignal) => {
  const names = (pod.spec.imagePullSecrets ?? []).flatMap(({ name }) => name ?? []);
  const secrets = await Promise.all(names.map((name) => objects.secret(pod.metadata.namespace ?? "", name, signal)));
  return registryAuth(secrets.filter((secret) => secret !== undefined));
};

const deletePod = async ({ ports: { client } }: Parts, { metadata: { namespace, name, uid } }: BoundPod, signal: AbortSignal) => {
  try {
    await client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } }, signal);
  } catch (error) {
    if (!isReason(error, "NotFound") && !isReason(error, "Conflict")) throw error; // a conflict: the name is another pod's now
  }
};

/** What the kubelet's parts do for its pods. */
export const podServices = (parts: Parts): PodsPorts["services"] => {
  const { ports, config, record, volumes, prober, statuses, agent } = parts;
  const { clock, random, logger, inspect, runtime, disk, logs } = ports;
  const images = { runtime, clock, record, authOf: (pod: BoundPod, signal: AbortSignal) => authOf(parts, pod, signal) };
  return {
    clock,
    random,
    logger,
    inspect,
    runtime,
    disk,
    logs,
    record,
    volumes,
    statuses,
    logsDir: config.logsDir,
    hostIps: () => config.addresses,
    sandboxOf: async (pod) => sandboxOf(parts, pod),
    environmentOf: environment(parts),
    ensureImage: (pod, container, signal) => ensureImage(images, pod, container, signal),
    hooks: hooks({ clock, io: ports.probes, agent }),
    probes: prober,
    deletePod: (pod, signal) => deletePod(parts, pod, signal),
  };
};

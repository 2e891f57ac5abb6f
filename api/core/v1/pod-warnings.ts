// What a pod spec can have and should not. Sent as Warning headers. upstream: pkg/api/pod/warnings.go@v1.36
import type {
  V1Container,
  V1ContainerPort,
  V1NodeAffinity,
  V1NodeSelectorTerm,
  V1PodAffinity,
  V1PodSpec,
  V1PodTemplateSpec,
  V1Volume,
} from "#api/generated/types.ts";
import { each } from "#api/meta/check.ts";
import { semanticEqual } from "#api/meta/semantic-equal.ts";
import { readQuantity, type ResourceList } from "./resource-list.ts";

type Warnings = Iterable<string>;

const NODE_LABELS: { readonly [label: string]: string } = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};
const ANNOTATIONS: { readonly [annotation: string]: string } = {
  "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
  "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
  "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
};
const VOLUMES: { readonly [source in keyof V1Volume]?: string } = {
  photonPersistentDisk: "deprecated in v1.11, non-functional in v1.16+",
  gitRepo: "deprecated in v1.11, and disabled by default in v1.33+",
  scaleIO: "deprecated in v1.16, non-functional in v1.22+",
  flocker: "deprecated in v1.22, non-functional in v1.25+",
  storageos: "deprecated in v1.22, non-functional in v1.25+",
  quobyte: "deprecated in v1.22, non-functional in v1.25+",
  glusterfs: "deprecated in v1.25, non-functional in v1.26+",
  cephfs: "deprecated in v1.28, non-functional in v1.31+",
  rbd: "deprecated in v1.28, non-functional in v1.31+",
};
const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";
const NULL_SELECTOR = "a null labelSelector results in matching no pod";

function* warnNodeLabels(path: string, labels: { readonly [key: string]: string } | undefined): Warnings {
  for (const key in labels) if (NODE_LABELS[key] !== undefined) yield `${path}[${key}]: ${NODE_LABELS[key]}`;
}

/** Deprecated labels that a term of a node selector asks for. upstream: GetWarningsForNodeSelectorTerm */
function* warnNodeTerm(path: string, term: V1NodeSelectorTerm | undefined): Warnings {
  for (const [{ key }, at] of each(`${path}.matchExpressions`, term?.matchExpressions)) {
    if (NODE_LABELS[key] !== undefined) yield `${at}.key: ${key} is ${NODE_LABELS[key]}`;
  }
}

function* warnPodAffinity(path: string, affinity: V1PodAffinity | undefined): Warnings {
  for (const [term, at] of each(`${path}.${REQUIRED}`, affinity?.[REQUIRED])) {
    if (term.labelSelector === undefined) yield `${at}.labelSelector: ${NULL_SELECTOR}`;
  }
  for (const [term, at] of each(`${path}.${PREFERRED}`, affinity?.[PREFERRED])) {
    if (term.podAffinityTerm?.labelSelector === undefined) yield `${at}.podAffinityTerm.labelSelector: ${NULL_SELECTOR}`;
  }
}

function* warnNodeAffinity(path: string, affinity: V1NodeAffinity | undefined): Warnings {
  const required = affinity?.[REQUIRED]?.nodeSelectorTerms;
  for (const [term, at] of each(`${path}.${REQUIRED}.nodeSelectorTerms`, required)) yield* warnNodeTerm(at, term);
  for (const [term, at] of each(`${path}.${PREFERRED}`, affinity?.[PREFERRED])) yield* warnNodeTerm(`${at}.preference`, term.preference);
}

function* warnPlacement(path: string, { nodeSelector, affinity, topologySpreadConstraints }: V1PodSpec): Warnings {
  yield* warnNodeLabels(`${path}.nodeSelector`, nodeSelector);
  yield* warnNodeAffinity(`${path}.affinity.nodeAffinity`, affinity?.nodeAffinity);
  for (const [{ topologyKey, labelSelector }, at] of each(`${path}.topologySpreadConstraints`, topologySpreadConstraints)) {
    if (NODE_LABELS[topologyKey] !== undefined) yield `${at}.topologyKey: ${topologyKey} is ${NODE_LABELS[topologyKey]}`;
    if (labelSelector === undefined) yield `${at}.labelSelector: ${NULL_SELECTOR}`;
  }
}

function* warnVolumes(path: string, { volumes }: V1PodSpec): Warnings {
  for (const [volume, at] of each(`${path}.volumes`, volumes)) {
    for (const source in VOLUMES) {
      const key = source as keyof V1Volume;
      if (volume[key] !== undefined) yield `${at}.${source}: ${VOLUMES[key]}`;
    }
  }
}

function* warnRepeats(path: string, { hostAliases, imagePullSecrets }: V1PodSpec): Warnings {
  const ips = new Set<string>();
  for (const [{ ip }, at] of each(`${path}.hostAliases`, hostAliases)) {
    if (ips.has(ip)) yield `${at}.ip: duplicate ip ${JSON.stringify(ip)}`;
    ips.add(ip);
  }
  const names = new Set<string>();
  for (const [{ name = "" }, at] of each(`${path}.imagePullSecrets`, imagePullSecrets)) {
    if (names.has(name)) yield `${at}.name: duplicate name ${JSON.stringify(name)}`;
    if (name === "") yield `${at}.name: invalid empty name ""`;
    names.add(name);
  }
}

function* warnFractions(path: string, list: ResourceList | undefined): Warnings {
  for (const name of ["memory", "ephemeral-storage"]) {
    const amount = readQuantity(list?.[name] ?? "0");
    if (amount === undefined || amount.nano % 1_000_000_000n === 0n) continue;
    yield `${path}[${name}]: fractional byte value ${JSON.stringify(list?.[name])} is invalid, must be an integer`;
  }
}

function* warnEnv(path: string, { env }: V1Container): Warnings {
  const names = new Set<string>();
  for (const [{ name, value = "", valueFrom }, at] of each(`${path}.env`, env)) {
    const self = `$(${name})`;
    if (names.has(name) && (valueFrom !== undefined || value === self || !value.includes(self))) {
      yield `${at}: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`;
    }
    names.add(name);
  }
}

type PlacedPort = { readonly path: string; readonly port: V1ContainerPort; readonly host: number; readonly ip: string };

const overlap = (a: PlacedPort, b: PlacedPort): string | undefined => {
  if (a.host === b.host && a.ip === b.ip) return "duplicate";
  if (a.host === 0 || b.host === 0) return "overlapping";
  return a.host === b.host && (a.ip === "" || b.ip === "") ? "dangerously ambiguous" : undefined;
};

function* warnPort(placed: PlacedPort, others: readonly PlacedPort[]): Warnings {
  const { path, port } = placed;
  if (placed.ip !== "" && placed.host === 0) yield `${path}: hostIP set without hostPort: ${JSON.stringify(port)}`;
  for (const other of others) {
    if (other.port.containerPort !== port.containerPort || other.port.protocol !== port.protocol) continue;
    const how = overlap(placed, other);
    if (how !== undefined) yield `${path}: ${how} port definition with ${other.path}`;
  }
}

function* everyContainer(path: string, spec: V1PodSpec): Generator<readonly [V1Container, string, number]> {
  yield* each(`${path}.initContainers`, spec.initContainers);
  yield* each(`${path}.containers`, spec.containers);
  yield* each<V1Container>(`${path}.ephemeralContainers`, spec.ephemeralContainers);
}

function* warnPorts(path: string, spec: V1PodSpec): Warnings {
  const placed: PlacedPort[] = [];
  for (const [container, at] of everyContainer(path, spec)) {
    for (const [port, portAt] of each(`${at}.ports`, container.ports)) {
      const own = { path: portAt, port, host: port.hostPort ?? 0, ip: port.hostIP ?? "" };
      yield* warnPort(own, placed);
      placed.push(own);
    }
  }
}

function* warnContainers(path: string, spec: V1PodSpec): Warnings {
  for (const [container, at] of everyContainer(path, spec)) {
    yield* warnFractions(`${at}.resources.limits`, container.resources?.limits);
    yield* warnFractions(`${at}.resources.requests`, container.resources?.requests);
    yield* warnEnv(at, container);
  }
  yield* warnPorts(path, spec);
}

function* warnSpec(path: string, spec: V1PodSpec): Warnings {
  yield* warnPlacement(path, spec);
  yield* warnVolumes(path, spec);
  yield* warnRepeats(path, spec);
  yield* warnFractions(`${path}.overhead`, spec.overhead);
  yield* warnContainers(path, spec);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    yield `${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`;
  }
  yield* warnPodAffinity(`${path}.affinity.podAffinity`, spec.affinity?.podAffinity);
  yield* warnPodAffinity(`${path}.affinity.podAntiAffinity`, spec.affinity?.podAntiAffinity);
}

function* warn(prefix: string, { metadata, spec = { containers: [] } }: V1PodTemplateSpec): Warnings {
  for (const key in ANNOTATIONS) {
    if (metadata?.annotations?.[key] !== undefined) yield `${prefix}metadata.annotations[${key}]: ${ANNOTATIONS[key]}`;
  }
  yield* warnSpec(`${prefix}spec`, spec);
}

/** Warnings about a pod or template under `prefix` (`spec.template.`, or "" for a pod); none about one that has not changed. */
export const warnPodSpec = (prefix: string, template: V1PodTemplateSpec, old?: V1PodTemplateSpec): readonly string[] =>
  old !== undefined && semanticEqual(template, old) ? [] : [...warn(prefix, template)];

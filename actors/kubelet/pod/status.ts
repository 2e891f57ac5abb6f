// The part of a pod's status that its kubelet writes. Pure. upstream: pkg/kubelet/kubelet_pods.go generateAPIPodStatus
import type { V1ContainerStatus, V1PodStatus } from "#api/generated/types.ts";
import { toTime } from "#lib/clock.ts";
import { podConditions } from "./conditions.ts";
import { containerStatus } from "./container-status.ts";
import { containersOf, type BoundPod, type ContainerKind } from "./containers.ts";
import { UNKNOWN, type ContainerFacts } from "./facts.ts";
import { isResizing } from "./resize.ts";
import { phaseOf, type Phase, type Statuses } from "./phase.ts";

/** Why the kubelet itself ended or refused a pod. */
export type Verdict = {
  readonly reason: string;
  readonly message: string;
  /** The pod was running and is evicted, with so many milliseconds to end. */
  readonly evictionGraceMs?: number | undefined;
};

export type PodFacts = {
  readonly containers: ReadonlyMap<string, ContainerFacts>;
  /** The pod's addresses, while it has its sandbox and after. */
  readonly podIps: readonly string[];
  readonly sandboxReady: boolean;
  /** When the kubelet took the pod on; milliseconds since the epoch. */
  readonly startedAt: number;
  /** Nothing of the pod runs, nor will. */
  readonly final: boolean;
  readonly verdict?: Verdict | undefined;
};

export type StatusInputs = {
  readonly pod: BoundPod;
  readonly facts: PodFacts;
  readonly hostIps: readonly string[];
  /** The status as it was last written. */
  readonly previous: V1PodStatus;
  readonly now: number;
};

/** True of a phase that is an end. */
export const isEnded = (phase: string | undefined): phase is "Succeeded" | "Failed" => phase === "Succeeded" || phase === "Failed";

/** A phase that is an end stays. */
const phase = ({ facts: { verdict, final }, previous }: StatusInputs, statuses: Statuses): Phase => {
  if (isEnded(previous.phase)) return previous.phase;
  return verdict !== undefined && final ? "Failed" : phaseOf(statuses, final);
};

const addresses = (ips: readonly string[]): readonly { readonly ip: string }[] => ips.map((ip) => ({ ip }));

/** The whole status that the kubelet owns. */
export const podStatus = (inputs: StatusInputs): V1PodStatus => {
  const { pod, facts, hostIps, previous, now } = inputs;
  const all = containersOf(pod).map((container) => ({
    kind: container.kind,
    status: containerStatus(pod, container, facts.containers.get(container.spec.name), facts.final),
  }));
  const of = (...kinds: readonly ContainerKind[]): readonly V1ContainerStatus[] =>
    all.filter(({ kind }) => kinds.includes(kind)).map(({ status }) => status);
  const statuses = { init: of("init"), sidecars: of("sidecar"), apps: of("app") };
  const current = phase(inputs, statuses);
  const conditions = podConditions({
    pod,
    statuses,
    phase: current,
    sandboxReady: facts.sandboxReady,
    resizing: containersOf(pod).some((container) => isResizing(container, facts.containers.get(container.spec.name) ?? UNKNOWN)),
    evicted: facts.verdict?.evictionGraceMs === undefined ? undefined : facts.verdict.message,
    previous: previous.conditions ?? [],
    now: toTime(now),
  });
  const [hostIp] = hostIps;
  const [podIp] = facts.podIps;
  return {
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    phase: current,
    conditions,
    ...(facts.verdict === undefined ? {} : { reason: facts.verdict.reason, message: facts.verdict.message }),
    ...(hostIp === undefined ? {} : { hostIP: hostIp, hostIPs: addresses(hostIps) }),
    ...(podIp === undefined ? {} : { podIP: podIp, podIPs: addresses(facts.podIps) }),
    startTime: toTime(facts.startedAt),
    ...(statuses.init.length + statuses.sidecars.length > 0 ? { initContainerStatuses: of("init", "sidecar") } : {}),
    containerStatuses: statuses.apps,
    ...(pod.spec.ephemeralContainers === undefined ? {} : { ephemeralContainerStatuses: of("ephemeral") }),
  };
};

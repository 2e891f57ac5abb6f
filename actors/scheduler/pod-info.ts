// What the scheduler must know of a pod, worked out once. Pure.
import type { Pod } from "#api/core/v1/pod.ts";
import { podRequests } from "#api/core/v1/pod-resources.ts";
import { controllerOf, objectKey, type Stored } from "#api/meta/object.ts";
import { milliValue, quantityValue } from "#api/meta/quantity.ts";

/** A host port that the pod wants. */
export type HostPort = { readonly ip: string; readonly port: number; readonly protocol: string };

export type PodInfo = {
  readonly key: string;
  readonly uid: string;
  readonly pod: Stored<Pod>;
  /** cpu in thousandths, all else in its base unit. */
  readonly requests: ReadonlyMap<string, number>;
  /** As `requests`, with upstream's assumption for a pod that asks for nothing: it is not free. */
  readonly assumed: { readonly cpu: number; readonly memory: number };
  readonly hostPorts: readonly HostPort[];
  /** Pods of one owner are spread over nodes. */
  readonly owner: string | undefined;
  readonly priority: number;
};

/** upstream: pkg/scheduler/util/pod_resources.go */
const ASSUMED = { cpu: 100, memory: 200 * 1024 * 1024 };

/** An amount as a number: cpu in thousandths. */
export const amount = (resource: string, text: string): number => (resource === "cpu" ? milliValue(text) : quantityValue(text));

const hostPortsOf = ({ spec }: Pod): readonly HostPort[] =>
  (spec?.containers ?? [])
    .flatMap(({ ports }) => ports ?? [])
    .filter(({ hostPort }) => hostPort !== undefined && hostPort > 0)
    .map(({ hostIP, hostPort, protocol }) => ({ ip: hostIP ?? "0.0.0.0", port: hostPort ?? 0, protocol: protocol ?? "TCP" }));

export const podInfo = (pod: Stored<Pod>): PodInfo => {
  const requests = new Map(
    Object.entries(pod.spec === undefined ? {} : podRequests(pod.spec)).map(([name, text]) => [name, amount(name, text)]),
  );
  return {
    key: objectKey(pod),
    uid: pod.metadata.uid,
    pod,
    requests,
    assumed: { cpu: requests.get("cpu") ?? ASSUMED.cpu, memory: requests.get("memory") ?? ASSUMED.memory },
    hostPorts: hostPortsOf(pod),
    owner: controllerOf(pod)?.uid,
    priority: pod.spec?.priority ?? 0,
  };
};

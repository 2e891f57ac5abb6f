// Whether the node can take a pod that was bound to it: the scheduler may have been overtaken, or not have been asked. Pure.
// upstream: pkg/kubelet/lifecycle/predicate.go
import type { V1ContainerPort } from "#api/generated/types.ts";
import { allowsNode } from "#api/core/v1/node-affinity.ts";
import type { Node } from "#api/core/v1/node.ts";
import { podRequests } from "#api/core/v1/pod-resources.ts";
import { milliValue, quantityValue } from "#api/meta/quantity.ts";
import type { BoundPod } from "./pod/containers.ts";
import type { Verdict } from "./pod/status.ts";

/** Amounts by resource: cpu in thousandths, all else in whole units. */
export type Amounts = ReadonlyMap<string, number>;

/** What is given away on the node. */
export type Allocated = { readonly used: Amounts; readonly pods: number; readonly hostPorts: ReadonlySet<string> };

const amount = (resource: string, text: string): number => (resource === "cpu" ? milliValue(text) : quantityValue(text));

/** What the pod asks for. */
export const requestsOf = (pod: BoundPod): Amounts =>
  new Map(Object.entries(podRequests(pod.spec)).map(([name, text]) => [name, amount(name, text)]));

const portOf = ({ hostIP = "0.0.0.0", hostPort, protocol = "TCP" }: V1ContainerPort): string =>
  `${hostIP === "" ? "0.0.0.0" : hostIP}/${protocol}/${hostPort}`;

/** The node's ports that the pod takes, as `address/protocol/port`. */
export const hostPortsOf = ({ spec }: BoundPod): readonly string[] =>
  spec.containers.flatMap(({ ports = [] }) => ports.filter(({ hostPort }) => hostPort !== undefined && hostPort > 0).map(portOf));

const overlaps = (port: string, taken: ReadonlySet<string>): boolean => {
  if (taken.has(port)) return true;
  const [address = "", ...rest] = port.split("/");
  const others = [...taken].filter((other) => other.split("/").slice(1).join("/") === rest.join("/"));
  return others.some((other) => address === "0.0.0.0" || other.startsWith("0.0.0.0/"));
};

const lacking = (resource: string, requested: number, used: number, capacity: number): Verdict => ({
  reason: `OutOf${resource}`,
  message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
});

const resources = (pod: BoundPod, { status }: Node, { used, pods }: Allocated): Verdict | undefined => {
  const allocatable = status?.allocatable ?? {};
  const room = quantityValue(allocatable["pods"] ?? "0");
  if (pods + 1 > room) return lacking("pods", 1, pods, room);
  for (const [resource, requested] of requestsOf(pod)) {
    const capacity = amount(resource, allocatable[resource] ?? "0");
    const taken = used.get(resource) ?? 0;
    if (requested > 0 && requested + taken > capacity) return lacking(resource, requested, taken, capacity);
  }
  return undefined;
};

const failed = (predicate: string, why: string): Verdict => ({ reason: predicate, message: `Predicate ${predicate} failed: ${why}` });

/** Why the node cannot take the pod; undefined: it can. */
export const admissionVerdict = (pod: BoundPod, node: Node, allocated: Allocated): Verdict | undefined => {
  const short = resources(pod, node, allocated);
  if (short !== undefined) return short;
  if (!allowsNode(pod.spec, node)) return failed("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
  if (hostPortsOf(pod).some((port) => overlaps(port, allocated.hostPorts))) {
    return failed("NodePorts", "node(s) didn't have free ports for the requested pod ports");
  }
  const { os } = pod.spec;
  if (os === undefined || os.name === node.status?.nodeInfo?.operatingSystem) return undefined;
  return { reason: "PodOSNotSupported", message: "Failed to admit pod as the OS field doesn't match node OS" };
};

// What a pod may ask to know of itself: fields, and the resources of its containers. Pure.
// upstream: pkg/fieldpath/fieldpath.go, pkg/kubelet/kubelet_pods.go podFieldSelectorRuntimeValue, pkg/api/v1/resource/helpers.go
import type { V1Container, V1ObjectFieldSelector, V1ResourceFieldSelector } from "#api/generated/types.ts";
import { parseQuantity } from "#api/meta/quantity.ts";
import { limitOf, requestOf } from "../resources.ts";
import type { BoundPod } from "../pod/containers.ts";

/** What only the node knows. */
export type NodeFacts = {
  readonly podIps: readonly string[];
  readonly hostIps: readonly string[];
  /** The node's allocatable resources: what a container without a limit has. */
  readonly allocatable: { readonly [resource: string]: string };
};

/** A reference that means nothing; its message is shown. */
export class DownwardError extends Error {
  override readonly name = "DownwardError";
}

const FIELDS: Readonly<Record<string, (pod: BoundPod, node: NodeFacts) => string>> = {
  "metadata.name": ({ metadata }) => metadata.name,
  "metadata.namespace": ({ metadata }) => metadata.namespace ?? "",
  "metadata.uid": ({ metadata }) => metadata.uid,
  "metadata.labels": ({ metadata }) => formatMap(metadata.labels),
  "metadata.annotations": ({ metadata }) => formatMap(metadata.annotations),
  "spec.nodeName": ({ spec }) => spec.nodeName ?? "",
  "spec.serviceAccountName": ({ spec }) => spec.serviceAccountName ?? "",
  "status.hostIP": (_, { hostIps }) => hostIps[0] ?? "",
  "status.hostIPs": (_, { hostIps }) => hostIps.join(","),
  "status.podIP": (_, { podIps }) => podIps[0] ?? "",
  "status.podIPs": (_, { podIps }) => podIps.join(","),
};

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" };

/** A string as Go's %q prints it. */
const quote = (text: string): string => `"${text.replace(/[\n\r\t"\\]/g, (letter) => ESCAPES[letter] ?? letter)}"`;

/** One `key="value"` a line, sorted by key. */
const formatMap = (map: { readonly [key: string]: string } = {}): string =>
  Object.entries(map)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${quote(value)}`)
    .join("\n");

const SUBSCRIPT = /^metadata\.(labels|annotations)\['(.*)'\]$/;

/** The value of a field of the pod. Throws: DownwardError for a path that is none. */
export const fieldValue = ({ fieldPath }: V1ObjectFieldSelector, pod: BoundPod, node: NodeFacts): string => {
  const [, map, key] = SUBSCRIPT.exec(fieldPath) ?? [];
  if (map !== undefined && key !== undefined) return pod.metadata[map as "labels" | "annotations"]?.[key] ?? "";
  const read = FIELDS[fieldPath];
  if (read === undefined) throw new DownwardError(`unsupported fieldPath: ${fieldPath}`);
  return read(pod, node);
};

const RESOURCE = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/;

const up = (value: bigint, by: bigint): bigint => (value + by - 1n) / by;

/** The amount in units of the divisor, rounded up. CPUs are counted in thousandths, everything else in whole units. */
const divide = (amount: string, divisor: string, perUnit: bigint): string => {
  const by = divisor === "" || divisor === "0" ? "1" : divisor;
  return String(up(up(parseQuantity(amount).nano, perUnit), up(parseQuantity(by).nano, perUnit)));
};

/** The amount of a container's resource. Throws: DownwardError for a resource that is none. */
export const resourceValue = (
  { resource, divisor = "" }: V1ResourceFieldSelector,
  container: V1Container,
  { allocatable }: NodeFacts,
): string => {
  const [, kind, name] = RESOURCE.exec(resource) ?? [];
  if (kind === undefined || name === undefined) throw new DownwardError(`unsupported container resource : ${resource}`);
  const amount = kind === "requests" ? requestOf(container, name) : (limitOf(container, name) ?? allocatable[name]);
  return divide(amount ?? "0", divisor, name === "cpu" ? 1_000_000n : 1_000_000_000n);
};

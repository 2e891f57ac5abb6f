// The kubelet's metrics. Pure. upstream: pkg/kubelet/metrics, pkg/kubelet/metrics/collectors/resource_metrics.go, pkg/kubelet/prober
import { expositionOf, type Family } from "#lib/metrics.ts";
import type { KubeletConfig } from "../ports.ts";
import type { ProbeCount } from "../probe/counts.ts";
import type { KubeletView } from "./view.ts";
import type { ContainerUse, PodUse, Usage } from "./usage.ts";

const seconds = (nanos: number): number => nanos / 1e9;

const ofPod = ({ namespace, name }: Pick<PodUse, "namespace" | "name">) => ({ namespace, pod: name });

const byContainer = (pods: readonly PodUse[], value: (use: ContainerUse) => number): Family["values"] =>
  pods.flatMap((pod) => pod.containers.map((use) => ({ labels: { container: use.name, ...ofPod(pod) }, value: value(use) })));

const byPod = (pods: readonly PodUse[], value: (use: ContainerUse) => number): Family["values"] =>
  pods.map((pod) => ({ labels: ofPod(pod), value: pod.containers.reduce((total, use) => total + value(use), 0) }));

const cpuOf = ({ cpuNanos }: ContainerUse): number => seconds(cpuNanos);
const memoryOf = ({ memoryBytes }: ContainerUse): number => memoryBytes;

type Metric = Omit<Family, "help">;

const ofContainers = (pods: readonly PodUse[]): readonly Metric[] => [
  { name: "container_cpu_usage_seconds_total", type: "counter", values: byContainer(pods, cpuOf) },
  { name: "container_memory_working_set_bytes", type: "gauge", values: byContainer(pods, memoryOf) },
  { name: "container_start_time_seconds", type: "gauge", values: byContainer(pods, ({ startedAt }) => startedAt / 1000) },
];

const ofPods = (pods: readonly PodUse[]): readonly Metric[] => [
  { name: "pod_cpu_usage_seconds_total", type: "counter", values: byPod(pods, cpuOf) },
  { name: "pod_memory_working_set_bytes", type: "gauge", values: byPod(pods, memoryOf) },
];

const single = (value: number | undefined): Family["values"] => (value === undefined ? [] : [{ labels: {}, value }]);

const ofNode = ({ cpuNanos, memoryBytes, memoryAvailableBytes }: Usage["machine"]): readonly Metric[] => [
  { name: "node_cpu_usage_seconds_total", type: "counter", values: single(cpuNanos === undefined ? undefined : seconds(cpuNanos)) },
  { name: "node_memory_working_set_bytes", type: "gauge", values: single(memoryBytes - memoryAvailableBytes) },
];

const HELP: Readonly<Record<string, string>> = {
  container_cpu_usage_seconds_total: "[STABLE] Cumulative cpu time consumed by the container in core-seconds",
  container_memory_working_set_bytes: "[STABLE] Current working set of the container in bytes",
  container_start_time_seconds: "[STABLE] Start time of the container since unix epoch in seconds",
  node_cpu_usage_seconds_total: "[STABLE] Cumulative cpu time consumed by the node in core-seconds",
  node_memory_working_set_bytes: "[STABLE] Current working set of the node in bytes",
  pod_cpu_usage_seconds_total: "[STABLE] Cumulative cpu time consumed by the pod in core-seconds",
  pod_memory_working_set_bytes: "[STABLE] Current working set of the pod in bytes",
  resource_scrape_error: "[STABLE] 1 if there was an error while getting container metrics, 0 otherwise",
};

/** What metrics servers read. */
export const resourceMetrics = ({ machine, pods }: Usage): string =>
  [...ofContainers(pods), ...ofNode(machine), ...ofPods(pods), { name: "resource_scrape_error", type: "gauge", values: single(0) } as const]
    .map((metric) => expositionOf({ ...metric, help: HELP[metric.name] ?? "" }))
    .join("");

/** How probes were answered. */
export const probeMetrics = (counts: readonly ProbeCount[]): string =>
  expositionOf({
    name: "prober_probe_total",
    help: "[BETA] Cumulative number of a liveness, readiness or startup probe for a container by result.",
    type: "counter",
    values: counts.map(({ pod: { namespace, name, uid }, container, probe, result, count }) => ({
      labels: { container, namespace, pod: name, pod_uid: uid, probe_type: PROBES[probe], result },
      value: count,
    })),
  });

const PROBES = { startup: "Startup", liveness: "Liveness", readiness: "Readiness" } as const;

/** The kubelet's own. */
export const kubeletMetrics = ({ nodeName }: Pick<KubeletConfig, "nodeName">, view: Pick<KubeletView, "workers">): string => {
  const workers = [...view.workers()];
  const states = new Map([
    ["running", 0],
    ["created", 0],
    ["exited", 0],
  ]);
  for (const { containers } of workers) {
    for (const [, { state }] of containers) {
      const name = state === "waiting" ? "created" : state;
      states.set(name, (states.get(name) ?? 0) + 1);
    }
  }
  const families: readonly Family[] = [
    {
      name: "kubelet_node_name",
      help: "[ALPHA] The node's name. The count is always 1.",
      type: "gauge",
      values: [{ labels: { node: nodeName }, value: 1 }],
    },
    {
      name: "kubelet_running_containers",
      help: "[ALPHA] Number of containers currently running",
      type: "gauge",
      values: [...states].map(([state, value]) => ({ labels: { container_state: state }, value })),
    },
    {
      name: "kubelet_running_pods",
      help: "[ALPHA] Number of pods that have a running pod sandbox",
      type: "gauge",
      values: [{ labels: {}, value: workers.filter(({ ended, podIps }) => !ended && podIps.length > 0).length }],
    },
  ];
  return families.map(expositionOf).join("");
};

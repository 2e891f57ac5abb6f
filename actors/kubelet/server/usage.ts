// What the node's pods use, as far as its runtime knows.
import type { Machine } from "../ports.ts";
import type { KubeletParts } from "./view.ts";

/** Of one container that runs. Instants in milliseconds since the epoch. */
export type ContainerUse = { readonly name: string; readonly startedAt: number; readonly cpuNanos: number; readonly memoryBytes: number };

export type PodUse = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly startedAt: number;
  readonly containers: readonly ContainerUse[];
};

/** A node at an instant. */
export type Usage = { readonly node: string; readonly now: number; readonly machine: Machine; readonly pods: readonly PodUse[] };

/** Looks at what runs. */
export const usageOf = async ({ ports, config, view }: KubeletParts): Promise<Usage> => {
  const [used, machine] = await Promise.all([ports.runtime.usage(), ports.machine()]);
  const byId = new Map(used.map((usage) => [usage.id, usage]));
  const pods = Array.from(view.workers(), ({ pod, containers }): PodUse => {
    const { namespace = "", name, uid } = pod.metadata;
    const running = containers.flatMap(([container, { id = "", state, startedAt }]) => {
      const usage = byId.get(id);
      if (usage === undefined || state !== "running" || startedAt === undefined) return [];
      return [{ name: container, startedAt, cpuNanos: usage.cpuNanos, memoryBytes: usage.memoryBytes }];
    });
    const startedAt = pod.status?.startTime === undefined ? ports.clock.now() : Date.parse(pod.status.startTime);
    return { namespace, name, uid, startedAt, containers: running };
  });
  return { node: config.nodeName, now: ports.clock.now(), machine, pods: pods.filter(({ containers }) => containers.length > 0) };
};

// Ends pods while the node is short of memory: one at a time, the next only when nothing of the last one is left.
import type { Happening } from "#lib/event-recorder.ts";
import { evictionOf, isShort, pressureVerdict, type Consumer } from "./eviction.ts";
import type { BoundPod } from "../pod/containers.ts";
import type { Verdict } from "../pod/status.ts";
import type { PodWorker } from "../pod/worker.ts";
import type { KubeletConfig, KubeletPorts } from "../ports.ts";

export type EvictorPorts = {
  readonly ports: Pick<KubeletPorts, "runtime" | "machine" | "logger">;
  readonly config: Pick<KubeletConfig, "nodeName" | "pressure">;
  /** The pods that are here. */
  readonly workers: () => Iterable<PodWorker>;
  readonly record: (pod: BoundPod, happening: Happening) => void;
  /** Says it of the node. */
  readonly recordOfNode: (happening: Happening) => void;
};

/** The eviction of one node's pods. */
export class Evictor {
  readonly #ports: EvictorPorts;
  #short = false;
  #ending: string | undefined;

  constructor(ports: EvictorPorts) {
    this.#ports = ports;
  }

  /** Why the node does not take the pod as things are. */
  verdictOn(pod: BoundPod): Verdict | undefined {
    return this.#short ? pressureVerdict(pod) : undefined;
  }

  /** Looks at the node's memory, and ends a pod when it must. */
  async relieve(): Promise<void> {
    const { ports, config, workers, record, recordOfNode } = this.#ports;
    const { memoryAvailableBytes } = await ports.machine();
    const memory = { available: memoryAvailableBytes, threshold: config.pressure.memoryBytes };
    this.#short = isShort(memory);
    if (!this.#short || this.#isEnding()) return;
    recordOfNode({ type: "Warning", reason: "EvictionThresholdMet", message: "Attempting to reclaim memory" });
    const eviction = evictionOf(await this.#consumers(), memory);
    if (eviction === undefined) return;
    const { pod, verdict } = eviction;
    const { uid } = pod.metadata;
    this.#ending = uid;
    record(pod, { type: "Warning", reason: verdict.reason, message: verdict.message });
    ports.logger("info", "pod is evicted", { pod: `${pod.metadata.namespace ?? ""}/${pod.metadata.name}`, node: config.nodeName });
    for (const worker of workers()) if (worker.uid === uid) worker.evict(verdict);
  }

  #isEnding(): boolean {
    for (const worker of this.#ports.workers()) if (worker.uid === this.#ending && !worker.ended) return true;
    this.#ending = undefined;
    return false;
  }

  async #consumers(): Promise<readonly Consumer[]> {
    const used = new Map((await this.#ports.ports.runtime.usage()).map(({ id, memoryBytes }) => [id, memoryBytes]));
    return Array.from(this.#ports.workers())
      .filter(({ ended }) => !ended)
      .map(({ pod, containers }) => ({
        pod,
        usage: new Map(containers.map(([name, { id = "" }]) => [name, used.get(id) ?? 0])),
      }));
  }
}

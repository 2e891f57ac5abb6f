// How often probes were answered, and how. upstream: pkg/kubelet/prober/prober_manager.go ProberResults
import type { ProbeKind } from "../pod/facts.ts";
import type { ProbeTarget } from "../pod/services.ts";

/** Of one probe of a container. */
export type ProbeCount = {
  readonly pod: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly container: string;
  readonly probe: ProbeKind;
  readonly result: "successful" | "failed" | "unknown";
  readonly count: number;
};

const RESULTS = { passes: "successful", fails: "failed", unknown: "unknown" } as const;

/** Counts the answers of containers that run. */
export class ProbeCounts {
  readonly #byContainer = new Map<string, Map<string, ProbeCount>>();

  count({ pod, container }: ProbeTarget, probe: ProbeKind, answer: keyof typeof RESULTS): void {
    const { namespace = "", name, uid } = pod.metadata;
    const key = keyOf(uid, container.spec.name);
    const counts = this.#byContainer.get(key) ?? new Map<string, ProbeCount>();
    this.#byContainer.set(key, counts);
    const result = RESULTS[answer];
    const of = `${probe}/${result}`;
    const count = (counts.get(of)?.count ?? 0) + 1;
    counts.set(of, { pod: { namespace, name, uid }, container: container.spec.name, probe, result, count });
  }

  /** The container is no longer probed. */
  forget(podUid: string, container: string): void {
    this.#byContainer.delete(keyOf(podUid, container));
  }

  all(): readonly ProbeCount[] {
    return [...this.#byContainer.values()].flatMap((counts) => [...counts.values()]);
  }
}

const keyOf = (podUid: string, container: string): string => `${podUid}/${container}`;

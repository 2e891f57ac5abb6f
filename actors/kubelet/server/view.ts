// What of a kubelet answers are made of.
import type { Pod } from "#api/core/v1/pod.ts";
import type { Stored } from "#api/meta/object.ts";
import type { LogSource, WhichLog } from "../logs/handler.ts";
import type { PodWorker } from "../pod/worker.ts";
import type { KubeletConfig, KubeletPorts } from "../ports.ts";
import type { ProbeCount } from "../probe/counts.ts";

/** What of a kubelet is shown. */
export interface KubeletView {
  /** Every pod that is bound to the node, mirrors too. */
  pods(): readonly Stored<Pod>[];
  workers(): Iterable<PodWorker>;
  probeCounts(): readonly ProbeCount[];
  /** Throws: ApiError when the pod is not here, or its container has no log. */
  logOf(which: WhichLog): LogSource;
}

/** What answers are made of. */
export type KubeletParts = { readonly ports: KubeletPorts; readonly config: KubeletConfig; readonly view: KubeletView };

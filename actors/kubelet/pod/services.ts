// What the pods of one node share: the kubelet makes it once and gives it to each pod's worker.
import type { V1PodStatus } from "#api/generated/types.ts";
import type { Clock } from "#lib/clock.ts";
import type { Happening } from "#lib/event-recorder.ts";
import type { Inspector } from "#lib/inspect.ts";
import type { Logger } from "#lib/log.ts";
import type { Random } from "#lib/random.ts";
import type { Image, Runtime, SandboxConfig } from "#runtime/port.ts";
import type { Logs, Volumes } from "../volumes/volumes.ts";
import type { BoundPod, PodContainer } from "./containers.ts";
import type { ProbeKind } from "./facts.ts";
import type { Verdict } from "./status.ts";

/** A failure on the way to a running container: what to show, and what to tell in an event. */
export class StartError extends Error {
  override readonly name = "StartError";
  readonly step: "pull" | "create" | "run";
  readonly reason: string;
  /** The event's message; undefined: whoever threw has told it. */
  readonly event: string | undefined;
  constructor(step: StartError["step"], reason: string, message: string, event?: string) {
    super(message);
    this.step = step;
    this.reason = reason;
    this.event = event;
  }
}

/** What a container's process is given, after everything that its spec refers to has been read. */
export type Environment = {
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly command: readonly string[] | undefined;
  readonly args: readonly string[] | undefined;
};

/** Where each volume of a pod lies on the node, by its name. */
export type VolumePaths = ReadonlyMap<string, string>;

/** A running container to be probed. */
export type ProbeTarget = { readonly pod: BoundPod; readonly container: PodContainer; readonly ip: string; readonly startedAt: number };

export type PodServices = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly inspect?: Inspector | undefined;
  readonly runtime: Runtime;
  readonly disk: Volumes;
  readonly logs: Logs;
  /** Where pods' logs lie. */
  readonly logsDir: string;
  readonly hostIps: () => readonly string[];
  readonly record: (pod: BoundPod, happening: Happening) => void;
  /** Why the node cannot take the pod; undefined: it can. */
  readonly admit: (pod: BoundPod) => Verdict | undefined;
  /** Throws: when the pod's RuntimeClass cannot be read. */
  readonly sandboxOf: (pod: BoundPod, signal: AbortSignal) => Promise<SandboxConfig>;
  readonly volumes: {
    /** Fills the pod's volumes, and keeps them up to date until they are released. Throws: VolumeError, ApiError. */
    readonly prepare: (pod: BoundPod, signal: AbortSignal) => Promise<VolumePaths>;
    readonly release: (uid: string) => void;
  };
  /** Throws: StartError. */
  readonly environmentOf: (pod: BoundPod, container: PodContainer, podIps: readonly string[], signal: AbortSignal) => Promise<Environment>;
  /** Makes sure that the container's image is there. Throws: StartError. */
  readonly ensureImage: (pod: BoundPod, container: PodContainer, signal: AbortSignal) => Promise<Image>;
  readonly hooks: {
    /** Throws: when the hook fails; its message says why. */
    readonly postStart: (target: ProbeTarget, signal: AbortSignal) => Promise<void>;
    readonly preStop: (target: ProbeTarget, signal: AbortSignal) => Promise<void>;
  };
  readonly probes: {
    /** Probes until the answer is called; tells every change of a probe's verdict. */
    readonly watch: (target: ProbeTarget, onVerdict: (probe: ProbeKind, passes: boolean) => void) => () => void;
  };
  readonly statuses: {
    /** Writes the status; `soon` may wait a moment for a later one. */
    readonly set: (pod: BoundPod, status: V1PodStatus, urgency: "now" | "soon") => void;
    /** Resolves when the API has the latest status, or no longer has the pod. */
    readonly flushed: (uid: string, signal: AbortSignal) => Promise<void>;
  };
  /** Deletes the pod's API object for good. */
  readonly deletePod: (pod: BoundPod, signal: AbortSignal) => Promise<void>;
  /** Calls the worker of the pod back at the instant; a later call of the same pod replaces an earlier one. */
  readonly wakeAt: (uid: string, at: number | undefined) => void;
  /** Nothing of the pod runs any more: what it was given is the node's again. */
  readonly freed: (uid: string) => void;
  /** From now on the runtime's news of the container go to the pod's worker; until the pod is forgotten. */
  readonly own: (uid: string, containerId: string) => void;
};

// The scheduler: takes the pods that have no node one by one, chooses a node for each, and binds them, many at a time.
//
// C1 a pod is decided about only while no decision about it is on its way. I1 a pod counts on its node from the decision
// on, so the next decision sees it. I2 a binding that failed frees the node and puts the pod back.
import { nodes, type Node } from "#api/core/v1/node.ts";
import { pods, type Pod } from "#api/core/v1/pod.ts";
import { isPodTerminal } from "#api/core/v1/pod-status.ts";
import { objectKey, type Stored } from "#api/meta/object.ts";
import { isReason } from "#api/meta/status.ts";
import type { ComponentPorts } from "#lib/component.ts";
import { EventRecorder } from "#lib/event-recorder.ts";
import type { Change } from "#lib/informer.ts";
import type { InformerSource } from "#lib/informers.ts";
import { createLeading, type Phase } from "#lib/leading.ts";
import { SchedulerCache } from "./cache.ts";
import { schedule } from "./decide.ts";
import { bind, needsCondition, reportUnschedulable } from "./io.ts";
import { podInfo, type PodInfo } from "./pod-info.ts";
import { SchedulingQueue } from "./queue.ts";

export type SchedulerPorts = ComponentPorts & { readonly informers: InformerSource };

/** A scheduler that works while it leads. */
export interface Scheduler {
  start(signal: AbortSignal): void;
  lead(leading: boolean): void;
}

/** Pods of other schedulers are left alone. */
const NAME = "default-scheduler";
const BINDS_IN_FLIGHT = 64;

const isWaiting = ({ metadata, spec }: Stored<Pod>): boolean =>
  (spec?.nodeName ?? "") === "" &&
  (spec?.schedulerName ?? NAME) === NAME &&
  metadata.deletionTimestamp === undefined &&
  (spec?.schedulingGates ?? []).length === 0;

/** What of a node decides whether a pod fits: heartbeats are not part of it. */
const fitOf = ({ metadata, spec, status }: Stored<Node>): string =>
  JSON.stringify([spec?.taints, spec?.unschedulable, status?.allocatable, metadata.labels]);

class Scheduling {
  readonly #ports: SchedulerPorts;
  readonly #recorder: EventRecorder;
  readonly #cache = new SchedulerCache();
  readonly #queue: SchedulingQueue;
  readonly #binding = new Set<Promise<void>>();
  readonly #tell: (phase: Phase) => void;

  constructor(ports: SchedulerPorts, tell: (phase: Phase) => void) {
    this.#ports = ports;
    this.#tell = tell;
    this.#recorder = new EventRecorder({ ...ports, component: NAME });
    this.#queue = new SchedulingQueue(ports.clock, (retrying) => this.#tell(retrying ? "failing" : "settled"));
  }

  start(signal: AbortSignal): void {
    const { informers } = this.#ports;
    this.#recorder.start(signal);
    informers.of(nodes).onChange((change) => this.#nodeChanged(change));
    informers.of(pods).onChange((change) => this.#podChanged(change));
  }

  async synced(): Promise<void> {
    const { informers } = this.#ports;
    await Promise.all([informers.of(nodes).synced, informers.of(pods).synced]);
  }

  /** Decides until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    for (let key = await this.#queue.take(signal); key !== undefined; key = await this.#queue.take(signal)) {
      this.#tell("taken");
      const pod = this.#ports.informers.of(pods).get(key);
      if (pod === undefined || !isWaiting(pod)) this.#queue.remove(key);
      else this.#decide(podInfo(pod), signal);
      // decisions wait while too many bindings are on their way
      if (this.#binding.size >= BINDS_IN_FLIGHT) await Promise.race(this.#binding);
    }
  }

  #decide(pod: PodInfo, signal: AbortSignal): void {
    const { random } = this.#ports;
    const decision = schedule(pod, this.#cache.candidates(), (count) => Math.floor(random.next() * count));
    const doing = decision.do === "bind" ? this.#bind(pod, decision.node, signal) : this.#giveUp(pod, decision.reasons, signal);
    const tracked = doing.finally(() => this.#binding.delete(tracked));
    this.#binding.add(tracked);
  }

  async #bind(pod: PodInfo, node: string, signal: AbortSignal): Promise<void> {
    const { client, logger } = this.#ports;
    this.#cache.assume(pod, node);
    try {
      await bind(client, pod.pod, node, signal);
      this.#queue.remove(pod.key);
      this.#recorder.record(pod.pod, { type: "Normal", reason: "Scheduled", message: `Successfully assigned ${pod.key} to ${node}` });
    } catch (error) {
      this.#undo(pod);
      if (!isReason(error, "NotFound") && !signal.aborted) logger("warn", "binding failed", { pod: pod.key, node, error });
    }
  }

  /** The truth is what the informer shows now: the binding may have happened though its answer was lost. */
  #undo(pod: PodInfo): void {
    const shown = this.#ports.informers.of(pods).get(pod.key);
    if (shown?.metadata.uid === pod.uid && (shown.spec?.nodeName ?? "") !== "") this.#cache.podSeen(shown);
    else this.#cache.podGone(pod.uid);
    if (shown === undefined || !isWaiting(shown)) this.#queue.remove(pod.key);
    else this.#queue.retry(pod.key);
  }

  async #giveUp(pod: PodInfo, reasons: string, signal: AbortSignal): Promise<void> {
    const { client, clock, logger } = this.#ports;
    this.#queue.park(pod.key);
    this.#recorder.record(pod.pod, { type: "Warning", reason: "FailedScheduling", message: reasons });
    if (!needsCondition(pod.pod, reasons)) return;
    await reportUnschedulable(client, pod.pod, reasons, { nowMs: clock.now(), signal }).catch((error: unknown) => {
      if (!isReason(error, "NotFound") && !signal.aborted) logger("warn", "pod condition not written", { pod: pod.key, error });
    });
  }

  #nodeChanged(change: Change<Node>): void {
    if (change.type === "deleted") return this.#cache.nodeGone(change.object.metadata.name);
    this.#cache.nodeSeen(change.object);
    if (change.old === undefined || fitOf(change.old) !== fitOf(change.object)) this.#queue.wake();
  }

  #podChanged({ type, object, old }: Change<Pod>): void {
    const key = objectKey(object);
    if (type !== "deleted" && isWaiting(object)) {
      this.#queue.add(key, object.spec?.priority ?? 0);
      if (old !== undefined && JSON.stringify(old.spec) !== JSON.stringify(object.spec)) this.#queue.renew(key);
      return;
    }
    this.#queue.remove(key);
    if (type === "deleted") this.#cache.podGone(object.metadata.uid);
    else this.#cache.podSeen(object);
    if (type === "deleted" || isPodTerminal(object)) this.#queue.wake();
  }
}

/** The default scheduler. */
export const createScheduler = (ports: SchedulerPorts): Scheduler => {
  const scheduling = new Scheduling(ports, (phase) => leading.tell(phase));
  const leading = createLeading("scheduler", { sync: () => scheduling.synced(), work: (signal) => scheduling.run(signal) }, ports);
  return {
    start: (signal) => {
      scheduling.start(signal);
      leading.start(signal);
    },
    lead: leading.lead,
  };
};

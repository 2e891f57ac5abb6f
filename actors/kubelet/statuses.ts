// HOW pods' statuses reach the API: per pod only the latest, one write at a time.
//
// U1 a status that was set is written or replaced by a later one; only the answer that the pod is gone ends
// that. U2 what is the same as what was written last is not written.
import type { V1PodCondition, V1PodStatus } from "#api/generated/types.ts";
import { pods } from "#api/core/v1/pod.ts";
import { deepEqual } from "#api/meta/equal.ts";
import { objectKey } from "#api/meta/object.ts";
import { isReason } from "#api/meta/status.ts";
import { backoffMs } from "#lib/backoff.ts";
import { RESIZING } from "./pod/conditions.ts";
import type { ComponentPorts } from "#lib/component.ts";
import { DelayQueue } from "#lib/delay-queue.ts";
import type { BoundPod } from "./pod/containers.ts";

type Pending = {
  pod: BoundPod;
  latest: V1PodStatus;
  written: V1PodStatus | undefined;
  /** The revision that our last write made. */
  revision: number;
  writing: boolean;
  failures: number;
  readonly waiters: Set<() => void>;
};

/** How long a status that nobody waits for may wait for a later one. */
const SOON_MS = 100;
const BACKOFF = { baseMs: 200, maxMs: 30_000 };

const isResizing = (conditions: readonly V1PodCondition[] = []): boolean => conditions.some(({ type }) => type === RESIZING);

/** The API shows a resize that is no longer in progress. */
const isPast = (shown: V1PodStatus, conditions: readonly V1PodCondition[]): boolean =>
  isResizing(shown.conditions) && !isResizing(conditions);

/** True when the API already shows everything that `status` says. */
const shows = ({ status: shown = {} }: BoundPod, { conditions = [], ...status }: V1PodStatus): boolean =>
  Object.entries(status).every(([key, value]) => deepEqual(shown[key as keyof V1PodStatus], value)) &&
  conditions.every((condition) => shown.conditions?.some((each) => deepEqual(each, condition)) === true) &&
  !isPast(shown, conditions);

const readyOf = ({ conditions = [] }: V1PodStatus): string | undefined => conditions.find(({ type }) => type === "Ready")?.status;

/** Somebody has since said otherwise whether the pod is ready, as the node controller does of a node that it has lost. */
const isContradicted = ({ pod, latest, revision }: Pending): boolean =>
  Number(pod.metadata.resourceVersion) > revision && readyOf(pod.status ?? {}) !== readyOf(latest);

/** A merge keeps what it is not told of: why a condition was not met before goes only if that is said. */
const whole = (condition: V1PodCondition) => ({ reason: null, message: null, ...condition });

/** What turns the API's status into `status`: a strategic merge patch, so that conditions of others stay. */
const patchOf = ({ metadata: { uid }, status: shown = {} }: BoundPod, status: V1PodStatus) => {
  const { podIPs } = status;
  const stale = (shown.podIPs ?? []).filter(({ ip }) => podIPs?.every((own) => own.ip !== ip) === true);
  const without = stale.map(({ ip }) => ({ ip, $patch: "delete" }));
  const past = isPast(shown, status.conditions ?? []) ? [{ type: RESIZING, $patch: "delete" }] : [];
  const conditions = status.conditions === undefined ? undefined : [...past, ...status.conditions.map(whole)];
  return { metadata: { uid }, status: { ...status, conditions, ...(podIPs === undefined ? {} : { podIPs: [...without, ...podIPs] }) } };
};

/** The statuses of this node's pods. */
export class Statuses {
  readonly #ports: ComponentPorts;
  readonly #pending = new Map<string, Pending>();
  readonly #due: DelayQueue<string>;
  readonly #signal: AbortSignal;

  constructor(ports: ComponentPorts, signal: AbortSignal) {
    this.#ports = ports;
    this.#signal = signal;
    this.#due = new DelayQueue(ports.clock, (uid) => this.#write(uid));
    signal.addEventListener("abort", () => this.#due.clear(), { once: true });
  }

  /** Writes the status; `soon` may wait a moment for a later one. */
  set(pod: BoundPod, status: V1PodStatus, urgency: "now" | "soon"): void {
    const { uid } = pod.metadata;
    const pending = this.#pending.get(uid) ?? this.#begin(pod, status);
    const isNew = !deepEqual(pending.latest, status);
    pending.pod = pod;
    pending.latest = status;
    if (pending.writing || pending.failures > 0 || this.#isWritten(pending)) return;
    if (urgency === "now") this.#write(uid);
    else if (isNew || this.#due.dueAt(uid) === undefined) this.#due.setSooner(uid, this.#ports.clock.now() + SOON_MS);
  }

  /** Resolves when the API has the pod's latest status, or no longer has the pod. Throws: the signal's reason. */
  flushed(uid: string, signal: AbortSignal): Promise<void> {
    const pending = this.#pending.get(uid);
    if (pending === undefined || (this.#isWritten(pending) && !pending.writing)) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => reject(signal.reason as Error);
    pending.waiters.add(() => {
      signal.removeEventListener("abort", leave);
      resolve();
    });
    signal.addEventListener("abort", leave, { once: true });
    if (!pending.writing && pending.failures === 0) this.#write(uid);
    return promise;
  }

  forget(uid: string): void {
    this.#due.delete(uid);
    this.#wake(this.#pending.get(uid));
    this.#pending.delete(uid);
  }

  #begin(pod: BoundPod, latest: V1PodStatus): Pending {
    const pending = { pod, latest, written: undefined, revision: 0, writing: false, failures: 0, waiters: new Set<() => void>() };
    this.#pending.set(pod.metadata.uid, pending);
    return pending;
  }

  #isWritten(pending: Pending): boolean {
    const { pod, latest, written } = pending;
    return written === undefined ? shows(pod, latest) : deepEqual(written, latest) && !isContradicted(pending);
  }

  #write(uid: string): void {
    const pending = this.#pending.get(uid);
    if (pending === undefined || pending.writing) return;
    this.#due.delete(uid);
    if (this.#isWritten(pending)) {
      pending.failures = 0; // it was written though its answer was lost
      return this.#wake(pending);
    }
    pending.writing = true;
    void this.#send(pending).then((outcome) => this.#written(uid, pending, outcome));
  }

  async #send(pending: Pending): Promise<"written" | "gone" | "failed"> {
    const { client, logger } = this.#ports;
    const { pod, latest } = pending;
    try {
      const patch = { type: "application/strategic-merge-patch+json", subresource: "status", body: patchOf(pod, latest) } as const;
      const answer = await client.patch(pods, { namespace: pod.metadata.namespace, name: pod.metadata.name }, patch, this.#signal);
      pending.written = latest;
      pending.revision = Number(answer.metadata.resourceVersion);
      return "written";
    } catch (error) {
      if (this.#signal.aborted) return "failed";
      logger("warn", "status of a pod not written", { pod: objectKey(pod), error });
      return isReason(error, "NotFound") ? "gone" : "failed";
    }
  }

  #written(uid: string, pending: Pending, outcome: "written" | "gone" | "failed"): void {
    pending.writing = false;
    if (this.#signal.aborted) return;
    const { clock, random } = this.#ports;
    pending.failures = outcome === "failed" ? pending.failures + 1 : 0;
    if (outcome === "gone") pending.written = pending.latest;
    if (outcome === "failed") this.#due.set(uid, clock.now() + backoffMs(BACKOFF, pending.failures, random));
    else if (this.#isWritten(pending)) this.#wake(pending);
    else this.#write(uid);
  }

  #wake(pending: Pending | undefined): void {
    for (const wake of pending?.waiters ?? []) wake();
    pending?.waiters.clear();
  }
}

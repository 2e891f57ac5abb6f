// How a component tells people what it did: Events about objects, `kubectl describe` shows them. Recording never waits and
// never fails: events are told apart and counted (lib/event-correlation.ts), queued, and written one after the other.
import { events } from "#api/core/v1/event.ts";
import type { V1ObjectReference } from "#api/generated/types.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { isReason } from "#api/meta/status.ts";
import { backoffMs } from "./backoff.ts";
import { sleep } from "./clock.ts";
import type { ComponentPorts } from "./component.ts";
import { EventCorrelation, type Writing } from "./event-correlation.ts";

/** What happened. `fieldPath` names a part of the object, such as `spec.containers{web}`. */
export type Happening = {
  readonly type: "Normal" | "Warning";
  /** One word in CamelCase, for machines. */
  readonly reason: string;
  readonly message: string;
  readonly fieldPath?: string | undefined;
  /** Who says so, where it is not the recorder's component: a part that upstream calls by another name. */
  readonly component?: string | undefined;
};

export type EventRecorderOptions = ComponentPorts & {
  /** Who speaks: `replicaset-controller`, `kubelet`. */
  readonly component: string;
  /** The node it speaks from, for components of a node. */
  readonly host?: string | undefined;
};

/** Events beyond these are dropped. upstream: record.maxQueuedEvents */
const MOST_QUEUED = 1_000;
/** upstream: record.maxTriesPerEvent */
const TRIES = 12;
const BACKOFF = { baseMs: 500, maxMs: 10_000 };

/** Records events of one component. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #correlation: EventCorrelation;
  readonly #queue: Writing[] = [];
  #signal: AbortSignal | undefined;
  #writing = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#correlation = new EventCorrelation(options.random.next());
  }

  /** Begins to write, until `signal` is aborted; what was recorded before is written too. */
  start(signal: AbortSignal): void {
    this.#signal = signal;
    this.#pump();
  }

  /** Records that something happened to the object. */
  record(object: KubeObject, { fieldPath, component = this.#options.component, ...happening }: Happening): void {
    const { clock, host } = this.#options;
    const source = { component, ...(host === undefined ? {} : { host }) };
    const about = { ...referenceTo(object), ...(fieldPath === undefined ? {} : { fieldPath }) };
    const writing = this.#correlation.correlate({ ...happening, about, source, reportingInstance: host ?? "" }, clock.now());
    if (writing === undefined || this.#queue.length >= MOST_QUEUED) return;
    this.#queue.push(writing);
    this.#pump();
  }

  #pump(): void {
    if (this.#writing || this.#signal === undefined || this.#signal.aborted) return;
    const writing = this.#queue.shift();
    if (writing === undefined) return;
    this.#writing = true;
    void this.#write(writing, this.#signal).finally(() => {
      this.#writing = false;
      this.#pump();
    });
  }

  /** An answer of the server is final, whatever it says; only silence is tried again. */
  async #write(writing: Writing, signal: AbortSignal, tries = 1): Promise<void> {
    const { clock, random, logger } = this.#options;
    try {
      await this.#send(writing, signal);
    } catch (error) {
      if (signal.aborted) return;
      const silent = isReason(error, "ServiceUnavailable") || isReason(error, "Timeout");
      if (!silent || tries >= TRIES) return logger("warn", "event not written", { event: writing.event.metadata.name, error });
      const waited = await sleep(clock, backoffMs(BACKOFF, tries, random), signal).then(
        () => true,
        () => false,
      );
      if (waited) await this.#write(writing, signal, tries + 1);
    }
  }

  async #send(writing: Writing, signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    const { event } = writing;
    if (writing.do === "patch") {
      const patch = { type: "application/strategic-merge-patch+json", body: writing.patch } as const;
      try {
        return void (await client.patch(events, event.metadata, patch, signal));
      } catch (error) {
        if (!isReason(error, "NotFound")) throw error; // it has outlived its time: it begins anew
      }
    }
    await client.create(events, event, {}, signal);
  }
}

/** The reference by which an event names an object. */
export const referenceTo = ({ apiVersion, kind, metadata = {} }: KubeObject): V1ObjectReference => ({
  kind,
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
  apiVersion,
  resourceVersion: metadata.resourceVersion,
});

// The pods of one node: takes on each pod that is bound to it, tells its worker what the API and the runtime say, and forgets
// it when nothing of it is left.
//
// N1 a worker belongs to one uid: a pod of the same name with another uid is another pod, and the old one's processes end.
import { MIRROR_POD } from "#api/core/v1/pod-annotations.ts";
import { isPodTerminal } from "#api/core/v1/pod-status.ts";
import type { Pod } from "#api/core/v1/pod.ts";
import { deepEqual } from "#api/meta/equal.ts";
import { objectKey, type Stored } from "#api/meta/object.ts";
import { DelayQueue } from "#lib/delay-queue.ts";
import type { Change } from "#lib/informer.ts";
import type { Container, Sandbox } from "#runtime/port.ts";
import { Allocation } from "./allocation.ts";
import type { BoundPod } from "./pod/containers.ts";
import type { PodServices } from "./pod/services.ts";
import { PodWorker } from "./pod/worker.ts";

/** What the runtime had when the kubelet started. */
export type Recovered = { readonly sandboxes: readonly Sandbox[]; readonly containers: readonly Container[] };

export type PodsPorts = {
  readonly services: Omit<PodServices, "wakeAt" | "own" | "admit" | "freed">;
  readonly admit: (pod: BoundPod, allocation: Allocation) => ReturnType<PodServices["admit"]>;
  /** Begins and ends what is kept for a pod beside its worker. */
  readonly hold: (pod: BoundPod) => void;
  readonly forget: (pod: BoundPod) => void;
  /** The labels or annotations of a pod have changed. */
  readonly relabeled: (pod: BoundPod) => void;
};

const RETAKE_MS = 10_000;

const isBound = (pod: Stored<Pod>): pod is BoundPod => pod.spec !== undefined && pod.metadata.annotations?.[MIRROR_POD] === undefined;

/** The workers of one node's pods. */
export class Pods {
  readonly #ports: PodsPorts;
  readonly #services: PodServices;
  readonly #workers = new Map<string, PodWorker>();
  readonly #byKey = new Map<string, string>();
  readonly #owners = new Map<string, PodWorker>();
  readonly #owned = new Map<string, string[]>();
  readonly #wakes: DelayQueue<string>;
  readonly #allocation = new Allocation();
  #recovered: Recovered = { sandboxes: [], containers: [] };
  /** Pods whose worker has failed, until they are taken on again. */
  readonly #broken = new Map<string, BoundPod>();
  #closed = false;

  constructor(ports: PodsPorts) {
    this.#ports = ports;
    this.#wakes = new DelayQueue(ports.services.clock, (uid) => this.#wake(uid));
    this.#services = {
      ...ports.services,
      wakeAt: (uid, at) => (at === undefined ? this.#wakes.delete(uid) : this.#wakes.set(uid, at)),
      own: (uid, containerId) => this.#own(uid, containerId),
      admit: (pod) => this.#admit(pod),
      freed: (uid) => this.#allocation.release(uid),
    };
  }

  /** What pods may find again. Until the first pod is taken on. */
  recover(recovered: Recovered): void {
    this.#recovered = recovered;
  }

  /** The worker of the pod with this `objectKey`. */
  worker(key: string): PodWorker | undefined {
    return this.#workers.get(this.#byKey.get(key) ?? "");
  }

  /** Of every pod that is here, until nothing of it is left. */
  workers(): Iterable<PodWorker> {
    return this.#workers.values();
  }

  get size(): number {
    return this.#workers.size;
  }

  /** The API has a pod of this node, has changed it, or has it no longer. */
  apply({ type, object }: Change<Pod>): void {
    if (this.#closed || !isBound(object)) return;
    const worker = this.#workers.get(object.metadata.uid);
    if (type === "deleted") this.#broken.delete(object.metadata.uid);
    if (type === "deleted") return worker?.vanish();
    if (this.#broken.has(object.metadata.uid)) return void this.#broken.set(object.metadata.uid, object);
    if (worker === undefined) return this.#take(object);
    this.#observe(worker, object);
  }

  /** The runtime has changed a container. */
  containerChanged(container: Container): void {
    this.#owners.get(container.id)?.containerChanged(container);
  }

  /** Stops every process, and says nothing of it to the API. */
  async close(graceMs: number, signal: AbortSignal): Promise<void> {
    this.#closed = true;
    this.#wakes.clear();
    await Promise.all([...this.#workers.values()].map((worker) => worker.shutDown(graceMs, signal)));
  }

  #observe(worker: PodWorker, object: BoundPod): void {
    const before = worker.pod.metadata;
    worker.observe(object);
    const { labels, annotations, generation } = object.metadata;
    if (generation !== before.generation) this.#allocation.renew(object);
    if (!deepEqual(before.labels, labels) || !deepEqual(before.annotations, annotations)) this.#ports.relabeled(object);
  }

  #take(pod: BoundPod): void {
    const { uid } = pod.metadata;
    this.#ports.hold(pod);
    const { sandboxes, containers } = this.#recovered;
    const sandbox = sandboxes.find((each) => each.uid === uid);
    const found = { sandbox, containers: sandbox === undefined ? [] : containers.filter(({ sandboxId }) => sandboxId === sandbox.id) };
    const worker = new PodWorker(this.#services, pod, found);
    this.#workers.set(uid, worker);
    this.#byKey.set(objectKey(pod), uid);
    for (const { id } of found.containers) this.#own(uid, id);
    if (pod.status?.startTime !== undefined && !isPodTerminal(pod)) this.#allocation.take(pod);
    worker.start(
      () => this.#forget(worker),
      (error) => void this.#fail(worker, error),
    );
  }

  #admit(pod: BoundPod): ReturnType<PodServices["admit"]> {
    const verdict = this.#ports.admit(pod, this.#allocation);
    if (verdict === undefined) this.#allocation.take(pod);
    return verdict;
  }

  #own(uid: string, containerId: string): void {
    const worker = this.#workers.get(uid);
    if (worker === undefined) return;
    this.#owners.set(containerId, worker);
    this.#owned.set(uid, [...(this.#owned.get(uid) ?? []), containerId]);
  }

  #forget(worker: PodWorker): void {
    const { uid, pod } = worker;
    const key = objectKey(pod);
    this.#workers.delete(uid);
    if (this.#byKey.get(key) === uid) this.#byKey.delete(key);
    for (const id of this.#owned.get(uid) ?? []) this.#owners.delete(id);
    this.#owned.delete(uid);
    this.#wakes.delete(uid);
    this.#allocation.release(uid);
    this.#ports.forget(pod);
  }

  /** A worker's machine fails only when the code is wrong. Nothing of the pod goes on unwatched: it ends, and begins anew later. */
  async #fail(worker: PodWorker, error: unknown): Promise<void> {
    const { logger, clock } = this.#services;
    const { uid, pod } = worker;
    logger("error", "machine of a pod failed", { pod: objectKey(pod), error });
    this.#broken.set(uid, pod);
    await worker.shutDown(0, new AbortController().signal).catch(() => undefined);
    this.#forget(worker);
    if (this.#broken.has(uid) && !this.#closed) this.#wakes.set(uid, clock.now() + RETAKE_MS);
  }

  #wake(uid: string): void {
    const broken = this.#broken.get(uid);
    if (broken === undefined) return this.#workers.get(uid)?.wake();
    this.#broken.delete(uid);
    this.#take(broken);
  }
}

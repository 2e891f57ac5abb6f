// HOW mirror pods are kept: one for each static pod, current, and with the status of its process.
import { MIRROR_POD } from "#api/core/v1/pod-annotations.ts";
import { pods, type Pod } from "#api/core/v1/pod.ts";
import { objectKey, type Stored } from "#api/meta/object.ts";
import { ignoreNotFound, isReason } from "#api/meta/status.ts";
import type { Informer } from "#lib/informer.ts";
import type { BoundPod } from "../pod/containers.ts";
import type { KubeletConfig, KubeletPorts } from "../ports.ts";
import { isCurrent, mirrorOf, mirrorStatus, type Owner } from "./static-pods.ts";
import type { Statuses } from "../statuses.ts";

export type MirrorsPorts = {
  readonly ports: KubeletPorts;
  readonly config: KubeletConfig;
  readonly informer: Informer<Pod>;
  readonly statuses: Statuses;
  readonly node: () => Owner;
};

/** The mirror pods of one node. */
export class Mirrors {
  readonly #ports: MirrorsPorts;
  #syncing = false;
  #again = false;

  constructor(ports: MirrorsPorts) {
    this.#ports = ports;
  }

  /** The static pod that a mirror pod shows. */
  of(key: string): Pod | undefined {
    return this.#ports.config.staticPods.find((pod) => objectKey(mirrorOf(pod, this.#ports.node())) === key);
  }

  /** True of a pod that only mirrors. */
  static isMirror(pod: Stored<Pod>): boolean {
    return pod.metadata.annotations?.[MIRROR_POD] !== undefined;
  }

  /** Makes every mirror what it should be; asked while it does so, it looks once more. */
  sync(signal: AbortSignal): void {
    if (this.#syncing) this.#again = true;
    if (this.#syncing || signal.aborted) return;
    this.#syncing = true;
    void this.#syncAll(signal).finally(() => {
      this.#syncing = false;
      if (!this.#again) return;
      this.#again = false;
      this.sync(signal);
    });
  }

  async #syncAll(signal: AbortSignal): Promise<void> {
    const { ports, config, informer, node } = this.#ports;
    const wanted = new Map(config.staticPods.map((pod) => [objectKey(mirrorOf(pod, node())), pod]));
    const stale = [...informer.values()].filter((pod) => Mirrors.isMirror(pod) && !wanted.has(objectKey(pod)));
    const steps = [
      ...Array.from(wanted, ([key, pod]) => this.#syncOne(key, pod, signal)),
      ...stale.map((pod) => this.#delete(pod, signal)),
    ];
    for (const result of await Promise.allSettled(steps)) {
      if (result.status === "rejected" && !signal.aborted)
        ports.logger("warn", "mirror pod not brought up to date", { error: result.reason });
    }
  }

  async #syncOne(key: string, pod: Pod, signal: AbortSignal): Promise<void> {
    const mirror = this.#ports.informer.get(key);
    if (mirror === undefined) return this.#create(pod, signal);
    const { deletionTimestamp, ownerReferences = [] } = mirror.metadata;
    const isOurs = isCurrent(mirror, pod) && ownerReferences.some(({ uid }) => uid === this.#ports.node().uid);
    if (!isOurs || deletionTimestamp !== undefined) return this.#delete(mirror, signal);
    return this.#report(mirror as BoundPod, pod);
  }

  #report(mirror: BoundPod, { metadata }: Pod): void {
    const { ports, config, statuses } = this.#ports;
    const process = ports.staticStatus(metadata?.name ?? "");
    if (process !== undefined) statuses.set(mirror, mirrorStatus(mirror, process, config.addresses, ports.clock.now()), "now");
  }

  async #create(pod: Pod, signal: AbortSignal): Promise<void> {
    const { ports, node } = this.#ports;
    try {
      await ports.client.create(pods, mirrorOf(pod, node()), {}, signal);
    } catch (error) {
      if (!isReason(error, "AlreadyExists")) throw error;
    }
  }

  async #delete({ metadata: { namespace, name, uid } }: Stored<Pod>, signal: AbortSignal): Promise<void> {
    const { client } = this.#ports.ports;
    this.#ports.statuses.forget(uid);
    await client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } }, signal).catch(ignoreNotFound);
  }
}

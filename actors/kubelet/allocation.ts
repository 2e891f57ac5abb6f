// What the pods of a node have been given, as running totals: admission asks for every pod.
import { hostPortsOf, requestsOf, type Allocated, type Amounts } from "./admission.ts";
import type { BoundPod } from "./pod/containers.ts";

/** The totals of one node. */
export class Allocation implements Allocated {
  readonly #pods = new Map<string, { readonly requests: Amounts; readonly hostPorts: readonly string[] }>();
  readonly #used = new Map<string, number>();
  readonly #hostPorts = new Set<string>();

  get used(): Amounts {
    return this.#used;
  }

  get pods(): number {
    return this.#pods.size;
  }

  get hostPorts(): ReadonlySet<string> {
    return this.#hostPorts;
  }

  /** The pod has its place; taking twice is taking once. */
  take(pod: BoundPod): void {
    if (this.#pods.has(pod.metadata.uid)) return;
    const taken = { requests: requestsOf(pod), hostPorts: hostPortsOf(pod) };
    this.#pods.set(pod.metadata.uid, taken);
    for (const [resource, amount] of taken.requests) this.#add(resource, amount);
    for (const port of taken.hostPorts) this.#hostPorts.add(port);
  }

  /** The pod may have been resized since it got its place. */
  renew(pod: BoundPod): void {
    if (!this.#pods.has(pod.metadata.uid)) return;
    this.release(pod.metadata.uid);
    this.take(pod);
  }

  /** The pod has given back what it had. */
  release(uid: string): void {
    const taken = this.#pods.get(uid);
    if (taken === undefined) return;
    this.#pods.delete(uid);
    for (const [resource, amount] of taken.requests) this.#add(resource, -amount);
    for (const port of taken.hostPorts) this.#hostPorts.delete(port);
  }

  #add(resource: string, amount: number): void {
    this.#used.set(resource, (this.#used.get(resource) ?? 0) + amount);
  }
}

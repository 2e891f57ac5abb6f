// A node and what the pods on it, bound or assumed, take of it.
import type { Node } from "#api/core/v1/node.ts";
import type { Stored } from "#api/meta/object.ts";
import { amount, type HostPort, type PodInfo } from "./pod-info.ts";

const clash = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === "0.0.0.0" || b.ip === "0.0.0.0");

/** What is left of one node. */
export class NodeInfo {
  readonly name: string;
  readonly #pods = new Map<string, PodInfo>();
  readonly #requested = new Map<string, number>();
  readonly #owners = new Map<string, number>();
  #node: Stored<Node> | undefined;
  #allocatable: ReadonlyMap<string, number> = new Map();
  #assumed = { cpu: 0, memory: 0 };

  constructor(name: string) {
    this.name = name;
  }

  /** The node; undefined while only its pods are known. */
  get node(): Stored<Node> | undefined {
    return this.#node;
  }

  set node(node: Stored<Node> | undefined) {
    this.#node = node;
    this.#allocatable = new Map(Object.entries(node?.status?.allocatable ?? {}).map(([name, text]) => [name, amount(name, text)]));
  }

  get podCount(): number {
    return this.#pods.size;
  }

  allocatable(resource: string): number {
    return this.#allocatable.get(resource) ?? 0;
  }

  requested(resource: string): number {
    return this.#requested.get(resource) ?? 0;
  }

  /** What the pods take when those that ask for nothing are counted as upstream does. */
  get assumed(): { readonly cpu: number; readonly memory: number } {
    return this.#assumed;
  }

  /** How many pods of one owner are here. */
  owned(owner: string): number {
    return this.#owners.get(owner) ?? 0;
  }

  takesPort(port: HostPort): boolean {
    return [...this.#pods.values()].some(({ hostPorts }) => hostPorts.some((taken) => clash(taken, port)));
  }

  has(uid: string): boolean {
    return this.#pods.has(uid);
  }

  add(pod: PodInfo): void {
    this.remove(pod.uid);
    this.#pods.set(pod.uid, pod);
    this.#count(pod, 1);
  }

  remove(uid: string): void {
    const pod = this.#pods.get(uid);
    if (pod === undefined) return;
    this.#pods.delete(uid);
    this.#count(pod, -1);
  }

  #count(pod: PodInfo, sign: 1 | -1): void {
    for (const [name, value] of pod.requests) this.#requested.set(name, this.requested(name) + sign * value);
    this.#assumed = { cpu: this.#assumed.cpu + sign * pod.assumed.cpu, memory: this.#assumed.memory + sign * pod.assumed.memory };
    if (pod.owner === undefined) return;
    const owned = this.owned(pod.owner) + sign;
    if (owned === 0) this.#owners.delete(pod.owner);
    else this.#owners.set(pod.owner, owned);
  }
}

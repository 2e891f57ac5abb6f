// The scheduler's picture of the nodes: what informers show, and the pods it has bound itself that they do not show yet.
// C1 a pod counts on one node at a time.
import type { Node } from "#api/core/v1/node.ts";
import type { Pod } from "#api/core/v1/pod.ts";
import { isPodTerminal } from "#api/core/v1/pod-status.ts";
import type { Stored } from "#api/meta/object.ts";
import { NodeInfo } from "./node-info.ts";
import type { Candidate } from "./plugins/plugin.ts";
import { podInfo, type PodInfo } from "./pod-info.ts";

/** Nodes with their pods, bound and assumed. */
export class SchedulerCache {
  readonly #nodes = new Map<string, NodeInfo>();
  readonly #placeOf = new Map<string, string>();

  /** Nodes that exist, by name. */
  candidates(): readonly Candidate[] {
    return [...this.#nodes.values()]
      .flatMap((info) => (info.node === undefined ? [] : [{ info, node: info.node }]))
      .toSorted((a, b) => (a.info.name < b.info.name ? -1 : 1));
  }

  nodeSeen(node: Stored<Node>): void {
    this.#info(node.metadata.name).node = node;
  }

  nodeGone(name: string): void {
    const info = this.#nodes.get(name);
    if (info === undefined) return;
    info.node = undefined;
    this.#dropEmpty(info);
  }

  /** The pod as an informer shows it. A pod that has ended takes nothing. */
  podSeen(pod: Stored<Pod>): void {
    const node = pod.spec?.nodeName ?? "";
    if (isPodTerminal(pod)) this.podGone(pod.metadata.uid);
    else if (node !== "") this.#place(podInfo(pod), node);
  }

  podGone(uid: string): void {
    const node = this.#placeOf.get(uid);
    this.#placeOf.delete(uid);
    const info = node === undefined ? undefined : this.#nodes.get(node);
    info?.remove(uid);
    if (info !== undefined) this.#dropEmpty(info);
  }

  /** Counts the pod on a node before the API server has said so. */
  assume(pod: PodInfo, node: string): void {
    this.#place(pod, node);
  }

  #place(pod: PodInfo, node: string): void {
    const before = this.#placeOf.get(pod.uid);
    if (before !== undefined && before !== node) this.podGone(pod.uid);
    this.#placeOf.set(pod.uid, node);
    this.#info(node).add(pod);
  }

  #info(name: string): NodeInfo {
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    const info = new NodeInfo(name);
    this.#nodes.set(name, info);
    return info;
  }

  #dropEmpty(info: NodeInfo): void {
    if (info.node === undefined && info.podCount === 0) this.#nodes.delete(info.name);
  }
}

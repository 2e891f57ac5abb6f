// The network of a simulated node, as far as kube-proxy uses it: which addresses it listens on, and where each leads. A crash
// of the process takes all of it.
import type { Balancer } from "#actors/kube-proxy/balancer.ts";
import type { Listen } from "#actors/kube-proxy/kube-proxy.ts";
import type { Random } from "#lib/random.ts";
import { chance } from "./draw.ts";

/** How often an address cannot be bound at the first attempt. */
const IN_USE = 0.1;

/** The listeners that one life of a process has opened. */
export class NodeNetwork {
  readonly #open = new Map<string, Balancer>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** For kube-proxy. */
  readonly listen: Listen = async ({ key, address, port }, { balancer }) => {
    if (chance(this.#random, IN_USE)) throw new Error(`listen EADDRINUSE: address already in use ${address}:${port}`);
    this.#open.set(key, balancer);
    return { close: async () => void this.#open.delete(key) };
  };

  /** `TCP/10.96.0.10:53` → `10.64.0.1:53 10.64.0.2:53`, in the order of names. */
  table(): ReadonlyMap<string, string> {
    const backendsOf = (balancer: Balancer): string =>
      balancer
        .order("somebody", 0)
        .map(({ address, port }) => `${address}:${port}`)
        .toSorted()
        .join(" ");
    return new Map([...this.#open].map(([key, balancer]) => [key, backendsOf(balancer)]));
  }
}
